// Stored password hashes come from imports and backups: whatever they hold, nothing is read past
// the end, nothing beyond the bounds is accepted, and each Argon2id hash has one spelling.

#include <cstddef>
#include <cstdint>
#include <variant>

#include "absl/strings/string_view.h"
#include "server/passwords/phc_string.h"
#include "tests/fuzz/check.h"

namespace {

using signet::passwords::Argon2idHash;
using signet::passwords::BcryptHash;

void Check(const Argon2idHash& hash, absl::string_view text) {
  FUZZ_CHECK(signet::passwords::WithinBounds(hash.params));
  FUZZ_CHECK(hash.salt.size() >= 8 && hash.salt.size() <= 64);
  FUZZ_CHECK(hash.hash.size() >= 16 && hash.hash.size() <= 64);
  FUZZ_CHECK(signet::passwords::FormatArgon2id(hash) == text);
}

void Check(const BcryptHash& hash, absl::string_view text) {
  FUZZ_CHECK(hash.cost >= 4 && hash.cost <= 14);
  FUZZ_CHECK(hash.text == text && text.size() == 60);
}

void Check(const signet::passwords::OtherArgon2Hash& hash) {
  FUZZ_CHECK(signet::passwords::WithinBounds(hash.params));
}

void Check(const signet::passwords::Pbkdf2Hash& hash) {
  FUZZ_CHECK(hash.iterations >= 1'000 && hash.iterations <= 2'000'000);
}

void Check(const signet::passwords::ScryptHash& hash) {
  FUZZ_CHECK(hash.memory_bytes() <= uint64_t{256} << 20 && hash.work() <= uint64_t{1} << 22);
}

void Check(const signet::passwords::ImportedHash& hash, absl::string_view) {
  std::visit(
      [](const auto& form) {
        FUZZ_CHECK(form.salt.size() >= 8 && form.salt.size() <= 64);
        FUZZ_CHECK(form.hash.size() >= 16 && form.hash.size() <= 64);
        Check(form);
      },
      hash);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const auto parsed = signet::passwords::ParseStoredHash(text);
  if (parsed) std::visit([text](const auto& hash) { Check(hash, text); }, *parsed);
  return 0;
}
