// API keys come from strangers: whatever text is sent, a key that is read has the one form that it
// is written in.

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "server/domain/access/api_key.h"
#include "tests/fuzz/check.h"

namespace {

using signet::domain::ApiKey;

void CheckText(absl::string_view text) {
  const auto key = ApiKey::Parse(text);
  if (!key) return;
  FUZZ_CHECK(key->secret.size() == 32);
  FUZZ_CHECK(key->Encode().reveal() == text);
}

// The same bytes as id and secret of a key, whose checksum no mutation would find.
void CheckBytes(absl::string_view bytes) {
  if (bytes.size() < 48) return;
  ApiKey key;
  key.key_id = *signet::domain::ApiKeyId::FromBytes(bytes.substr(0, 16));
  key.secret = signet::base::Secret(bytes.substr(16, 32));
  std::string text(key.Encode().reveal());
  FUZZ_CHECK(ApiKey::Parse(text).has_value());
  text.back() = text.back() == 'A' ? 'B' : 'A';
  FUZZ_CHECK(!ApiKey::Parse(text).has_value());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view input(reinterpret_cast<const char*>(data), size);
  CheckText(input);
  CheckBytes(input);
  return 0;
}
