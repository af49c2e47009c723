// A method on the first line, and the JSON of its request: read or refused; what is read can be
// written, and what was written is read as the same.

#include <cstddef>
#include <cstdint>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "server/connect/json_message.h"
#include "server/connect/methods.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signet::connect::JsonFromMessage;
  using signet::connect::MessageFromJson;
  static const auto& methods = *new signet::connect::Methods(signet::rpc::MethodTable());
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const size_t end = input.find('\n');
  if (end == input.npos) return 0;
  const auto* method = methods.Find(absl::StrCat("/signet.v1.", input.substr(0, end)));
  if (method == nullptr) return 0;
  const auto& type = *method->descriptor->input_type();
  const auto bytes = MessageFromJson(type, input.substr(end + 1));
  if (!bytes.ok()) return 0;
  const auto json = JsonFromMessage(type, *bytes);
  FUZZ_CHECK(json.ok());
  const auto again = MessageFromJson(type, *json);
  FUZZ_CHECK(again.ok());
  FUZZ_CHECK(*JsonFromMessage(type, *again) == *json);
  return 0;
}
