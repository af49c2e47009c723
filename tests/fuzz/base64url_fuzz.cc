// Every text has at most one meaning, and every meaning one text.
#include <cstdint>
#include <string>

#include "client/base/base64url.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto decoded = signet::base::Base64UrlDecode(input);
  if (decoded) FUZZ_CHECK(signet::base::Base64UrlEncode(*decoded) == input);
  const auto again = signet::base::Base64UrlDecode(signet::base::Base64UrlEncode(input));
  FUZZ_CHECK(again && *again == input);
  return 0;
}
