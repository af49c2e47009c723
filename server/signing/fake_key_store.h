#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "server/domain/fakes/fake_audit_store.h"
#include "server/domain/fakes/fake_database.h"
#include "server/domain/fakes/fake_revocation_store.h"
#include "server/domain/fakes/fake_signing_key_store.h"

namespace signet::signing {

// The domain's fake of the signing keys, with what tests of this room need to interfere and to
// look. Thread-safe.
class FakeKeyStore final : public domain::SigningKeyStore {
 public:
  absl::StatusOr<domain::SigningKeyTable> Load() override { return keys_.Load(); }
  absl::StatusOr<std::vector<domain::SigningKeyRecord>> ListAll() override {
    return keys_.ListAll();
  }
  absl::StatusOr<bool> InsertPrepared(const domain::SigningKeyRecord& key,
                                      const domain::AuditRecord& audit,
                                      domain::KeyTableFence fence) override {
    domain::SigningKeyRecord inserted = key;
    if (corrupt_inserts_) inserted.sealed_private.back() ^= 1;
    return keys_.InsertPrepared(inserted, audit, fence);
  }
  absl::StatusOr<bool> Move(absl::string_view kid, const std::vector<domain::KeyState>& from,
                            domain::KeyState to, absl::Time now, absl::Time revocation_expires_at,
                            const domain::AuditRecord* audit,
                            domain::KeyTableFence fence) override {
    if (before_move_) std::exchange(before_move_, nullptr)();
    auto moved = keys_.Move(kid, from, to, now, revocation_expires_at, audit, fence);
    if (moved.ok() && *moved && to == domain::KeyState::kActive) ++activations_;
    return moved;
  }
  absl::StatusOr<bool> Erase(absl::string_view kid, const domain::AuditRecord& audit) override {
    return keys_.Erase(kid, audit);
  }
  absl::StatusOr<SealedSecret> GetOrInsertSecret(absl::string_view name,
                                                 const SealedSecret& candidate) override {
    return keys_.GetOrInsertSecret(name, candidate);
  }

  void SetGone(bool gone) { database_.SetAvailable(!gone); }
  // Done once, before the next move, as by another replica. One thread.
  void BeforeNextMove(std::function<void()> action) { before_move_ = std::move(action); }
  void CorruptInserts() { corrupt_inserts_ = true; }
  // Changes rows behind the port's back: change(keys by kid, secrets by name).
  template <typename Change>
  void Tamper(const Change& change) {
    database_.TamperWithKeys(change);
  }
  // The audit log.
  std::vector<domain::AuditRecord> audit() { return database_.audit(); }
  int activations() const { return activations_; }
  // kKey revocations: kid and expiry.
  std::vector<std::pair<std::string, absl::Time>> revoked() {
    std::vector<std::pair<std::string, absl::Time>> revoked;
    const auto log = revocations_.ReadAfter(0, absl::InfinitePast(), 1000);
    for (const auto& record : log->records) revoked.emplace_back(record.subject, record.expires_at);
    return revoked;
  }

 private:
  domain::FakeDatabase database_;
  domain::FakeSigningKeyStore keys_{database_};
  domain::FakeRevocationStore revocations_{database_};
  std::atomic<int> activations_{0};
  std::function<void()> before_move_;
  std::atomic<bool> corrupt_inserts_{false};
};

}  // namespace signet::signing
