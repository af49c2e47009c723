#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/crypto/digest.h"
#include "client/token/claims.h"
#include "client/token/claims_view.h"

namespace signet::token {

class VerifiedEntryRef;

// One token whose signature was verified and whose claims were read and carry our issuer. Says
// nothing about audience, time or revocation: those are asked again on every use.
//
// One allocation, in the order in which a use of a cached token reads it: this object, about a
// cache line; audiences and token; the names that revocations are looked up by; the annotation,
// which is what an answer says; and at last what few ask for. So a single look ahead asks for all
// that a use will read. Immutable but for three marks. Thread-safe.
class VerifiedEntry {
 public:
  struct Parts {
    absl::string_view token;                 // the whole compact JWS, compared byte by byte
    const AccessTokenClaims& claims;         // in whole seconds; an empty text counts as none
    absl::string_view key_id;                // kid
    crypto::Sha256Digest key_fingerprint{};  // of the key that verified it
    uint64_t key_set_identity = 0;           // of the key set in which the key was found
    absl::string_view annotation;            // see AccessTokenVerifier::Options
  };
  static VerifiedEntryRef Make(const Parts& parts);

  VerifiedEntry(const VerifiedEntry&) = delete;
  VerifiedEntry& operator=(const VerifiedEntry&) = delete;

  absl::string_view token() const { return {body() + audiences_size_, token_size_}; }
  TextList audiences() const { return TextList({body(), audiences_size_}); }
  // In seconds since 1970.
  int64_t expires_at() const { return expires_at_; }
  int64_t issued_at() const { return issued_at_; }
  int64_t not_before() const { return not_before_; }  // the smallest number where there is no nbf

  absl::string_view token_id() const { return Name(0, name_ends_[kTokenId]); }
  absl::string_view session_id() const {  // empty where there is none
    return Name(name_ends_[kTokenId], name_ends_[kSessionId]);
  }
  absl::string_view subject() const { return Name(name_ends_[kSessionId], name_ends_[kSubject]); }
  absl::string_view key_id() const { return Name(name_ends_[kSubject], name_ends_[kKeyId]); }

  ClaimsView claims() const;
  absl::string_view annotation() const {
    return {body() + names_at() + name_ends_[kKeyId], annotation_size_};
  }
  const crypto::Sha256Digest& key_fingerprint() const { return rest().key_fingerprint; }

  // The last key set in which the key was found, so that one set is asked once and not at each use.
  uint64_t key_set_identity() const { return key_set_identity_.load(std::memory_order_relaxed); }
  void KeyIsIn(uint64_t key_set_identity) const {
    key_set_identity_.store(key_set_identity, std::memory_order_relaxed);
  }

  // Of the revocations: see RevocationSet::FindAgain().
  std::atomic<uint64_t>& cleared() const { return cleared_; }

  // Of the cache: used since the clock's hand passed. Written only where it changes, so that a
  // token that every core uses stays in every core's cache.
  bool used_again() const { return used_again_.load(std::memory_order_relaxed); }
  void MarkUsedAgain(bool used) const {
    if (used_again() != used) used_again_.store(used, std::memory_order_relaxed);
  }

  size_t size() const;  // bytes of the allocation

  // Asks for the memory that judging a token of this size reads, all of it at once; with
  // `annotation` also for one of usual size.
  static void Prefetch(const VerifiedEntry* entry, size_t token_size, bool annotation);

 private:
  friend class VerifiedEntryRef;
  enum NameIndex { kTokenId, kSessionId, kSubject, kKeyId, kNames };
  enum TextIndex { kIssuer, kClientId, kScopes, kRoles, kPermissions, kEmail, kAcr, kAmr, kTexts };
  // What few ask for; its texts follow it, each beginning where the one before ends.
  struct Rest {
    crypto::Sha256Digest key_fingerprint;
    int64_t auth_time;  // the smallest number where there is none
    std::array<uint32_t, kTexts> ends;

    absl::string_view Text(TextIndex i) const {
      const uint32_t begin = i == 0 ? 0 : ends[i - 1];
      return {reinterpret_cast<const char*>(this + 1) + begin, ends[i] - begin};
    }
  };

  VerifiedEntry() = default;
  ~VerifiedEntry() = default;
  void Free() const;

  const char* body() const { return reinterpret_cast<const char*>(this + 1); }
  size_t names_at() const { return size_t{audiences_size_} + token_size_; }
  absl::string_view Name(uint32_t begin, uint32_t end) const {
    return {body() + names_at() + begin, end - begin};
  }
  const Rest& rest() const {
    const size_t at = AlignedForRest(names_at() + name_ends_[kKeyId] + annotation_size_);
    return *reinterpret_cast<const Rest*>(body() + at);
  }
  static size_t AlignedForRest(size_t at) {
    return (at + alignof(Rest) - 1) / alignof(Rest) * alignof(Rest);
  }

  mutable std::atomic<uint32_t> references_{0};
  mutable std::atomic<bool> used_again_{false};
  uint32_t audiences_size_ = 0;
  uint32_t token_size_ = 0;
  uint32_t annotation_size_ = 0;
  int64_t expires_at_ = 0;
  int64_t issued_at_ = 0;
  int64_t not_before_ = 0;
  mutable std::atomic<uint64_t> key_set_identity_{0};
  mutable std::atomic<uint64_t> cleared_{0};
  std::array<uint32_t, kNames> name_ends_{};
};

// One reference to an entry, which dies with the last. One word, where std::shared_ptr has two and
// cannot hold an object of no fixed size in one allocation with its count.
class VerifiedEntryRef {
 public:
  VerifiedEntryRef() = default;
  // Takes over a reference that Release() gave.
  static VerifiedEntryRef Adopt(const VerifiedEntry* entry) {
    VerifiedEntryRef ref;
    ref.entry_ = entry;
    return ref;
  }
  const VerifiedEntry* Release() { return std::exchange(entry_, nullptr); }
  explicit VerifiedEntryRef(const VerifiedEntry* entry) : entry_(entry) {
    if (entry_ != nullptr) entry_->references_.fetch_add(1, std::memory_order_relaxed);
  }
  VerifiedEntryRef(const VerifiedEntryRef& other) : VerifiedEntryRef(other.entry_) {}
  VerifiedEntryRef(VerifiedEntryRef&& other) noexcept
      : entry_(std::exchange(other.entry_, nullptr)) {}
  VerifiedEntryRef& operator=(VerifiedEntryRef other) noexcept {
    std::swap(entry_, other.entry_);
    return *this;
  }
  ~VerifiedEntryRef() {
    if (entry_ != nullptr && entry_->references_.fetch_sub(1, std::memory_order_acq_rel) == 1) {
      entry_->Free();
    }
  }

  const VerifiedEntry* get() const { return entry_; }
  const VerifiedEntry& operator*() const { return *entry_; }
  const VerifiedEntry* operator->() const { return entry_; }
  explicit operator bool() const { return entry_ != nullptr; }

 private:
  const VerifiedEntry* entry_ = nullptr;
};

}  // namespace signet::token
