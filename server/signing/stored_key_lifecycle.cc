#include "server/signing/stored_key_lifecycle.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/signing/key_id.h"
#include "server/signing/sealed_key.h"

namespace signet::signing {
namespace {

using base::MakeError;
using domain::KeyState;
using domain::SigningKeyRecord;

// How often a step that others took first is looked at again. Each of them made progress, so this
// many in a row mean that something else is wrong.
constexpr int kMoveAttempts = 16;

// Of the verifiers that an activation waits for.
constexpr size_t kMostNamed = 20;

absl::Status Contended() {
  return base::WithRetryAfter(
      MakeError(absl::StatusCode::kUnavailable, "OVERLOADED",
                "signing keys are being changed by others at this moment: try again"),
      absl::Seconds(1));
}

// What a fenced change says that came too late.
absl::Status Overtaken() {
  return absl::AbortedError("the keys have changed since this was decided");
}

absl::Status Refusal(absl::string_view reason, absl::string_view message) {
  return MakeError(absl::StatusCode::kFailedPrecondition, reason, message);
}

std::vector<std::string> KeyIds(const std::vector<SigningKeyRecord>& records) {
  std::vector<std::string> kids;
  kids.reserve(records.size());
  for (const SigningKeyRecord& record : records) kids.push_back(record.kid);
  return kids;
}

// The newest in `state`; null where there is none.
const SigningKeyRecord* Newest(const std::vector<SigningKeyRecord>& records, KeyState state) {
  const auto found = std::find_if(records.begin(), records.end(),
                                  [state](const auto& key) { return key.state == state; });
  return found == records.end() ? nullptr : &*found;
}

absl::StatusOr<SigningKeyRecord> FindIn(const std::vector<SigningKeyRecord>& records,
                                        absl::string_view kid) {
  for (const SigningKeyRecord& record : records) {
    if (record.kid == kid) return record;
  }
  return MakeError(absl::StatusCode::kNotFound, "KEY_UNKNOWN",
                   "there is no signing key of this id");
}

// Of OpenKey() and ProveKey(), as opposed to errors of the store, which pass.
bool CannotBeOpened(const absl::Status& status) {
  return absl::IsDataLoss(status) || absl::IsFailedPrecondition(status);
}

// What a move is in the audit log; publishing is a part of preparing.
std::optional<domain::AuditAction> ActionOf(KeyState to) {
  switch (to) {
    case KeyState::kActive:
      return domain::AuditAction::kKeyActivate;
    case KeyState::kTainted:
      return domain::AuditAction::kKeyTaint;
    case KeyState::kRetired:
      return domain::AuditAction::kKeyRetire;
    case KeyState::kPrepared:
    case KeyState::kPublished:
    case KeyState::kRetiring:
      return std::nullopt;
  }
  return std::nullopt;
}

std::string UtcSeconds(absl::Time time) {
  return absl::FormatTime("%Y-%m-%dT%H:%M:%SZ", time, absl::UTCTimeZone());
}

}  // namespace

StoredKeyLifecycle::StoredKeyLifecycle(Options options, domain::SigningKeyStore& store,
                                       domain::KeySetVerifierStore& verifiers,
                                       const KeyEncryptionKey& kek, KeyRing& ring,
                                       const domain::AuditRecorder& audit)
    : options_(options),
      store_(store),
      verifiers_(verifiers),
      kek_(kek),
      ring_(ring),
      audit_(audit) {}

absl::Status StoredKeyLifecycle::EnsureActiveKey(absl::Time now) {
  for (int attempt = 0; attempt < kMoveAttempts; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(const Records records, store_.ListAll());
    if (Newest(records, KeyState::kActive) != nullptr) return ring_.ReloadAndOpen();
    SIGNET_RETURN_IF_ERROR(LetAnySign(records, now));
  }
  return Contended();
}

absl::StatusOr<std::vector<SigningKeyRecord>> StoredKeyLifecycle::List() {
  return store_.ListAll();
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Prepare(absl::string_view algorithm,
                                                             const domain::KeyChange& change) {
  const std::optional<crypto::Algorithm> chosen =
      algorithm.empty() ? options_.algorithm : crypto::ParseAlgorithm(algorithm);
  if (!chosen) return base::FieldError("algorithm", "is one of RS256, PS256, ES256, ES384, EdDSA");
  SIGNET_ASSIGN_OR_RETURN(const crypto::SigningKey key, crypto::SigningKey::Generate(*chosen));
  for (int attempt = 0; attempt < kMoveAttempts; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(const Records records, store_.ListAll());
    const std::string kid = NextKeyId(KeyIds(records), change.now);
    SIGNET_ASSIGN_OR_RETURN(const bool inserted, InsertNew(key, kid, change));
    if (!inserted && change.fence) return Overtaken();
    if (!inserted) continue;
    SIGNET_RETURN_IF_ERROR(ProveAndPublish(kid, change));
    return Applied(kid);
  }
  return Contended();
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Activate(absl::string_view kid, Force force,
                                                              const domain::KeyChange& change) {
  for (int attempt = 0; attempt < kMoveAttempts; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(SigningKeyRecord record, Find(kid));
    if (change.fence && record.state != KeyState::kPublished) return Overtaken();
    if (record.state == KeyState::kActive) return record;
    if (record.state != KeyState::kPublished) {
      return Refusal("KEY_NOT_PUBLISHED", "only a published key can be activated: prepare one");
    }
    const absl::Time ready = record.published_at.value_or(change.now) + options_.publish_lead;
    if (force == Force::kNo && change.now < ready) {
      return Refusal("KEY_TOO_FRESH",
                     absl::StrCat("verifiers may not have fetched this key yet: activate it after ",
                                  UtcSeconds(ready), ", or force it"));
    }
    if (force == Force::kNo) SIGNET_RETURN_IF_ERROR(CheckVerifiers(change.now));
    SIGNET_ASSIGN_OR_RETURN(const bool moved,
                            Move(kid, {KeyState::kPublished}, KeyState::kActive, change));
    if (moved) return Applied(kid);
    if (change.fence) return Overtaken();
  }
  return Contended();
}

absl::StatusOr<domain::KeySetStanding> StoredKeyLifecycle::Verifiers(absl::Time now) {
  return verifiers_.List(now - options_.verifier_lease);
}

// The key was published by then, so whoever holds the key set of now holds it. A verifier that
// comes after this look is given the key before anything is signed with it, or, by a replica that
// has lost the database, a set that it knows to be old: no guard is needed.
absl::Status StoredKeyLifecycle::CheckVerifiers(absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const domain::KeySetStanding standing, Verifiers(now));
  std::vector<std::string> named;
  size_t lag = 0;
  for (const domain::KeySetVerifier& verifier : standing.verifiers) {
    if (verifier.version >= standing.version || ++lag > kMostNamed) continue;
    named.push_back(
        absl::StrCat(verifier.name, " (", verifier.id, ", holds ", verifier.version, ")"));
  }
  if (lag == 0) return absl::OkStatus();
  return Refusal(
      "VERIFIERS_LAG",
      absl::StrCat("of ", standing.verifiers.size(), " verifiers ", lag, " do not hold key set ",
                   standing.version, " yet: ", absl::StrJoin(named, "; "),
                   lag > kMostNamed ? "; …" : "", ": try again, or force it"));
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Taint(absl::string_view kid,
                                                           const domain::KeyChange& change) {
  for (int attempt = 0; attempt < kMoveAttempts; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(const Records records, store_.ListAll());
    SIGNET_ASSIGN_OR_RETURN(SigningKeyRecord record, FindIn(records, kid));
    if (record.state == KeyState::kTainted) return record;
    if (record.state == KeyState::kActive) {
      // Another signer first: without one, every login fails until somebody comes.
      SIGNET_RETURN_IF_ERROR(LetAnySign(records, change));
      continue;
    }
    SIGNET_ASSIGN_OR_RETURN(const bool moved, Move(kid,
                                                   {KeyState::kPrepared, KeyState::kPublished,
                                                    KeyState::kRetiring, KeyState::kRetired},
                                                   KeyState::kTainted, change));
    if (moved) return Applied(kid);
  }
  return Contended();
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Retire(absl::string_view kid, Force force,
                                                            const domain::KeyChange& change) {
  SIGNET_ASSIGN_OR_RETURN(SigningKeyRecord record, Find(kid));
  if (change.fence && record.state != KeyState::kRetiring) return Overtaken();
  if (record.state == KeyState::kRetired) return record;
  if (record.state != KeyState::kRetiring) {
    return Refusal("KEY_STATE_INVALID",
                   "only a retiring key can be retired: activate another one in its place, or "
                   "taint this one");
  }
  const absl::Time unneeded =
      record.retiring_at.value_or(change.now) + options_.access_token_life + options_.retire_after;
  if (force == Force::kNo && change.now < unneeded) {
    return Refusal("KEY_STILL_NEEDED", absl::StrCat("tokens of this key may still be in use: "
                                                    "retire it after ",
                                                    UtcSeconds(unneeded), ", or force it"));
  }
  SIGNET_ASSIGN_OR_RETURN(const bool moved,
                          Move(kid, {KeyState::kRetiring}, KeyState::kRetired, change));
  if (moved) return Applied(kid);
  if (change.fence) return Overtaken();
  return Contended();  // another retired or tainted it in between: the next call tells
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Publish(absl::string_view kid,
                                                             const domain::KeyChange& change) {
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyRecord record, Find(kid));
  if (record.state == KeyState::kPublished) return record;
  if (record.state != KeyState::kPrepared) {
    return Refusal("KEY_STATE_INVALID", "only a prepared key can be published");
  }
  SIGNET_RETURN_IF_ERROR(ProveAndPublish(kid, change));
  return Applied(kid);
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Erase(absl::string_view kid,
                                                           const domain::KeyChange& change) {
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyRecord record, Find(kid));
  if (record.state != KeyState::kRetired && record.state != KeyState::kTainted) {
    return Refusal("KEY_STATE_INVALID", "only a retired or a tainted key can be erased");
  }
  SIGNET_ASSIGN_OR_RETURN(const bool erased,
                          store_.Erase(kid, Audited(change, domain::AuditAction::kKeyErase, kid)));
  if (!erased) return Overtaken();
  return Find(kid);
}

absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Find(absl::string_view kid) {
  SIGNET_ASSIGN_OR_RETURN(const Records records, store_.ListAll());
  return FindIn(records, kid);
}

// The change is committed: an error of the reload is not an error of the change, and the follower
// reloads again.
absl::StatusOr<SigningKeyRecord> StoredKeyLifecycle::Applied(absl::string_view kid) {
  ring_.ReloadAndOpen().IgnoreError();
  return Find(kid);
}

absl::StatusOr<bool> StoredKeyLifecycle::InsertNew(const crypto::SigningKey& key,
                                                   const std::string& kid,
                                                   const domain::KeyChange& change) {
  SIGNET_ASSIGN_OR_RETURN(SigningKeyRecord record, SealKey(kek_, kid, key));
  record.created_at = change.now;
  ring_.Vouch(record);
  return store_.InsertPrepared(record, Audited(change, domain::AuditAction::kKeyPrepare, kid),
                               change.fence);
}

absl::Status StoredKeyLifecycle::ProveAndPublish(absl::string_view kid,
                                                 const domain::KeyChange& change) {
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyRecord stored, Find(kid));
  SIGNET_RETURN_IF_ERROR(ProveKey(kek_, stored));
  SIGNET_ASSIGN_OR_RETURN(const bool moved,
                          Move(kid, {KeyState::kPrepared}, KeyState::kPublished, change));
  if (moved) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyRecord changed, Find(kid));
  const bool done = changed.state == KeyState::kPublished || changed.state == KeyState::kActive ||
                    changed.state == KeyState::kRetiring;
  return done ? absl::OkStatus() : Contended();
}

// One step towards another ACTIVE key: the caller reads again until there is one. Every replica
// that saw the same `records` picks or names the same key, so that two of them make one.
absl::Status StoredKeyLifecycle::LetAnySign(const Records& records,
                                            const domain::KeyChange& change) {
  if (const SigningKeyRecord* published = Newest(records, KeyState::kPublished)) {
    return Move(published->kid, {KeyState::kPublished}, KeyState::kActive, change).status();
  }
  if (const SigningKeyRecord* prepared = Newest(records, KeyState::kPrepared)) {
    // Left by a start that was cut short, or in the making on another replica.
    const absl::Status proven = ProveAndPublish(prepared->kid, change);
    if (!CannotBeOpened(proven)) return proven;
  }
  const std::string kid = NextKeyId(KeyIds(records), change.now);
  SIGNET_ASSIGN_OR_RETURN(const auto key, crypto::SigningKey::Generate(options_.algorithm));
  SIGNET_ASSIGN_OR_RETURN(const bool inserted, InsertNew(key, kid, change));
  return inserted ? ProveAndPublish(kid, change) : absl::OkStatus();
}

absl::StatusOr<bool> StoredKeyLifecycle::Move(absl::string_view kid,
                                              const std::vector<KeyState>& from, KeyState to,
                                              const domain::KeyChange& change) {
  // Read for kTainted alone. A replica that is cut off may sign with the key for a while yet.
  const absl::Time expires_at = change.now + options_.access_token_life + options_.retire_after;
  const std::optional<domain::AuditAction> action = ActionOf(to);
  if (!action)
    return store_.Move(kid, from, to, change.now, expires_at, nullptr, domain::kUnfenced);
  const domain::AuditRecord audit = Audited(change, *action, kid);
  return store_.Move(kid, from, to, change.now, expires_at, &audit, change.fence);
}

domain::AuditRecord StoredKeyLifecycle::Audited(const domain::KeyChange& change,
                                                domain::AuditAction action,
                                                absl::string_view kid) const {
  domain::AuditEvent event = change.by;
  event.id = domain::AuditEventId::New(change.now);
  event.action = action;
  event.target = std::string(kid);
  return audit_.Record(std::move(event));
}

}  // namespace signet::signing
