#include "server/passwords/imported_hash.h"

#include <string>
#include <variant>

#include <openssl/err.h>
#include <openssl/evp.h>

#include "client/base/status_macros.h"
#include "server/passwords/argon2id.h"

namespace signet::passwords {
namespace {

const uint8_t* Bytes(absl::string_view text) {
  return reinterpret_cast<const uint8_t*>(text.data());
}

absl::StatusOr<std::string> Compute(const base::Secret& password, const OtherArgon2Hash& stored) {
  return OtherArgon2(password, stored);
}

absl::StatusOr<std::string> Compute(const base::Secret& password, const Pbkdf2Hash& stored) {
  if (stored.iterations < kMinPbkdf2Iterations || stored.iterations > kMaxPbkdf2Iterations) {
    return absl::InvalidArgumentError("pbkdf2: parameters out of bounds");
  }
  const EVP_MD* digest = stored.digest == Pbkdf2Hash::Digest::kSha256 ? EVP_sha256() : EVP_sha512();
  const absl::string_view text = password.reveal();
  std::string hash(stored.hash.size(), '\0');
  const int done = PKCS5_PBKDF2_HMAC(
      text.data(), static_cast<int>(text.size()), Bytes(stored.salt),
      static_cast<int>(stored.salt.size()), static_cast<int>(stored.iterations), digest,
      static_cast<int>(hash.size()), reinterpret_cast<uint8_t*>(hash.data()));
  if (done == 1) return hash;
  ERR_clear_error();
  return absl::ResourceExhaustedError("pbkdf2: no memory");
}

absl::StatusOr<std::string> Compute(const base::Secret& password, const ScryptHash& stored) {
  if (stored.log_n < 1 || stored.log_n > kMaxScryptLogN ||
      stored.memory_bytes() > kMaxScryptMemoryBytes || stored.work() > kMaxScryptWork) {
    return absl::InvalidArgumentError("scrypt: parameters out of bounds");
  }
  // OpenSSL counts a few blocks of its own besides.
  const uint64_t allowed = kMaxScryptMemoryBytes + (uint64_t{1} << 20);
  const absl::string_view text = password.reveal();
  std::string hash(stored.hash.size(), '\0');
  const int done = EVP_PBE_scrypt(text.data(), text.size(), Bytes(stored.salt), stored.salt.size(),
                                  uint64_t{1} << stored.log_n, stored.r, stored.p, allowed,
                                  reinterpret_cast<uint8_t*>(hash.data()), hash.size());
  if (done == 1) return hash;
  ERR_clear_error();
  // The parameters were judged before: only the memory can be missing.
  return absl::ResourceExhaustedError("scrypt: no memory");
}

}  // namespace

absl::StatusOr<bool> ImportedMatches(const base::Secret& password, const ImportedHash& stored) {
  return std::visit(
      [&](const auto& form) -> absl::StatusOr<bool> {
        SIGNET_ASSIGN_OR_RETURN(const std::string computed, Compute(password, form));
        return base::ConstantTimeEquals(computed, form.hash);
      },
      stored);
}

}  // namespace signet::passwords
