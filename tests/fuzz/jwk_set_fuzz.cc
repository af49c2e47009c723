// Whatever is read as a key set is published as a document that is read as the same keys.
#include <cstdint>

#include "client/token/key_set.h"
#include "tests/fuzz/check.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  const auto keys = signet::token::ParseKeySet(input);
  if (!keys.ok()) {
    FUZZ_CHECK(keys.status().code() == absl::StatusCode::kInvalidArgument);
    return 0;
  }
  const auto again = signet::token::ParseKeySet(keys->jwks_json());
  FUZZ_CHECK(again.ok() && again->jwks_json() == keys->jwks_json());
  for (const auto& key : keys->keys()) FUZZ_CHECK(!key.key.Verify(input, input));
  return 0;
}
