#include "server/passwords/argon2id.h"

#include <cstdint>

#include <argon2.h>
#include <sodium.h>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/passwords/working_memory.h"

namespace signet::passwords {
namespace {

// libargon2's callbacks carry no context, and it calls them in the thread that called it.
int Allocate(uint8_t** memory, size_t bytes) {
  *memory = WorkingMemory::OfThisThread().Acquire(bytes);
  return *memory == nullptr ? ARGON2_MEMORY_ALLOCATION_ERROR : ARGON2_OK;
}

// libargon2 has zeroed the block before it calls this; the block stays.
void Deallocate(uint8_t*, size_t) {}

// The context wants non-const pointers; without its CLEAR flags libargon2 only reads them.
uint8_t* Input(absl::string_view bytes) {
  return const_cast<uint8_t*>(reinterpret_cast<const uint8_t*>(bytes.data()));
}

bool Computable(absl::string_view salt, const Argon2Params& params, size_t hash_bytes) {
  return WithinBounds(params) && salt.size() >= kMinSaltBytes && salt.size() <= kMaxSaltBytes &&
         hash_bytes >= kMinHashBytes && hash_bytes <= kMaxHashBytes;
}

// libsodium chooses the machine's vector instructions, in this call once for the process; without
// it there is only libargon2.
bool SodiumIsReady() {
  static const bool ready = sodium_init() >= 0;
  return ready;
}

// What libsodium can compute: every hash that we make, and few of those that others made.
bool IsForSodium(absl::string_view salt, const Argon2Params& params) {
  return params.lanes == 1 && salt.size() == crypto_pwhash_argon2id_SALTBYTES && SodiumIsReady();
}

absl::Status HashWithSodium(const base::Secret& password, absl::string_view salt,
                            const Argon2Params& params, std::string& hash) {
  const absl::string_view text = password.reveal();
  const int code = crypto_pwhash_argon2id(
      reinterpret_cast<uint8_t*>(hash.data()), hash.size(), text.data(), text.size(),
      reinterpret_cast<const uint8_t*>(salt.data()), params.passes,
      size_t{params.memory_kib} * 1024, crypto_pwhash_argon2id_ALG_ARGON2ID13);
  // The parameters were judged before: only the memory can be missing.
  return code == 0 ? absl::OkStatus() : absl::ResourceExhaustedError("argon2id: no memory");
}

absl::Status HashWithReference(argon2_type type, const base::Secret& password,
                               absl::string_view salt, const Argon2Params& params,
                               std::string& hash) {
  argon2_context context{};
  context.out = reinterpret_cast<uint8_t*>(hash.data());
  context.outlen = static_cast<uint32_t>(hash.size());
  context.pwd = Input(password.reveal());
  context.pwdlen = static_cast<uint32_t>(password.size());
  context.salt = Input(salt);
  context.saltlen = static_cast<uint32_t>(salt.size());
  context.t_cost = params.passes;
  context.m_cost = params.memory_kib;
  context.lanes = params.lanes;
  context.threads = 1;
  context.version = ARGON2_VERSION_13;
  context.allocate_cbk = Allocate;
  context.free_cbk = Deallocate;
  context.flags = ARGON2_DEFAULT_FLAGS;
  const int code = argon2_ctx(&context, type);
  if (code == ARGON2_OK) return absl::OkStatus();
  return absl::ResourceExhaustedError(absl::StrCat("argon2: ", argon2_error_message(code)));
}

}  // namespace

absl::StatusOr<std::string> Argon2id(const base::Secret& password, absl::string_view salt,
                                     const Argon2Params& params, size_t hash_bytes) {
  if (!Computable(salt, params, hash_bytes)) {
    return absl::InvalidArgumentError("argon2id: parameters out of bounds");
  }
  std::string hash(hash_bytes, '\0');
  if (IsForSodium(salt, params)) {
    SIGNET_RETURN_IF_ERROR(HashWithSodium(password, salt, params, hash));
  } else {
    SIGNET_RETURN_IF_ERROR(HashWithReference(Argon2_id, password, salt, params, hash));
  }
  return hash;
}

absl::StatusOr<std::string> OtherArgon2(const base::Secret& password,
                                        const OtherArgon2Hash& stored) {
  if (!Computable(stored.salt, stored.params, stored.hash.size())) {
    return absl::InvalidArgumentError("argon2: parameters out of bounds");
  }
  const argon2_type type = stored.variant == OtherArgon2Hash::Variant::kI ? Argon2_i : Argon2_d;
  std::string hash(stored.hash.size(), '\0');
  SIGNET_RETURN_IF_ERROR(HashWithReference(type, password, stored.salt, stored.params, hash));
  return hash;
}

void ReleaseWorkingMemory() { WorkingMemory::OfThisThread().Release(); }

}  // namespace signet::passwords
