// A request from a stranger: parsed within its bounds or refused with one of the documented
// statuses; what is accepted has no control characters and a path that begins with a slash.

#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "server/http/wire.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using signet::http::Refusal;
  using signet::http::Request;
  const auto parsed =
      signet::http::ReadRequest(absl::string_view(reinterpret_cast<const char*>(data), size));
  if (const auto* refusal = std::get_if<Refusal>(&parsed)) {
    FUZZ_CHECK(refusal->status == 400 || refusal->status == 413 || refusal->status == 431 ||
               refusal->status == 505);
    return 0;
  }
  const auto& request = std::get<Request>(parsed);
  FUZZ_CHECK(!request.path.empty() && request.path.front() == '/');
  FUZZ_CHECK(request.fields.size() <= signet::http::kMaxFields);
  FUZZ_CHECK(request.body.size() <= signet::http::kMaxBody);
  for (const auto& field : request.fields) {
    FUZZ_CHECK(!field.name.empty() && field.value.find('\n') == std::string::npos);
  }
  return 0;
}
