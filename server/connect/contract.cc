#include "server/connect/contract.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "google/protobuf/descriptor.pb.h"
#include "server/connect/contract_bytes.h"

namespace signet::connect {

const google::protobuf::DescriptorPool& Contract() {
  static const auto& pool = *[] {
    auto* made = new google::protobuf::DescriptorPool();
    google::protobuf::FileDescriptorSet set;
    set.ParseFromArray(kContractBytes, static_cast<int>(kContractSize));
    for (const auto& file : set.file()) made->BuildFile(file);  // each behind what it imports
    return made;
  }();
  return pool;
}

std::string Paragraphs(absl::string_view comment) {
  std::string text;
  bool within = false;
  for (absl::string_view line : absl::StrSplit(comment, '\n')) {
    line = absl::StripAsciiWhitespace(line);
    if (line.empty()) {
      within = false;
      continue;
    }
    if (!text.empty()) absl::StrAppend(&text, within ? " " : "\n\n");
    absl::StrAppend(&text, line);
    within = true;
  }
  return text;
}

}  // namespace signet::connect
