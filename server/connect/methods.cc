#include "server/connect/methods.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/strip.h"
#include "google/protobuf/descriptor.pb.h"
#include "server/connect/contract.h"

namespace signet::connect {

bool Method::by_get() const {
  return is_unary() && descriptor->options().idempotency_level() ==
                           google::protobuf::MethodOptions::NO_SIDE_EFFECTS;
}

Methods::Methods(absl::Span<const rpc::MethodRow> rows) {
  for (const rpc::MethodRow& row : rows) {
    if (!absl::StartsWith(row.full_name, "signet.v1.")) continue;
    std::string name(row.full_name);
    std::replace(name.begin(), name.end(), '/', '.');
    const auto* descriptor = Contract().FindMethodByName(name);
    if (descriptor != nullptr) all_.push_back({&row, descriptor});
  }
  for (const Method& method : all_) by_name_[method.row->full_name] = &method;
}

const Method* Methods::Find(absl::string_view path) const {
  if (!absl::ConsumePrefix(&path, "/")) return nullptr;
  const auto found = by_name_.find(path);
  return found == by_name_.end() ? nullptr : found->second;
}

}  // namespace signet::connect
