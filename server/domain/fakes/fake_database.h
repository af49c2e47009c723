#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "client/base/mutex.h"
#include "client/token/revocation_set.h"
#include "server/domain/access/access_records.h"
#include "server/domain/access/service_account.h"
#include "server/domain/accounts/account.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/mail/outgoing_mail.h"
#include "server/domain/mfa/factor_proof.h"
#include "server/domain/ports/email_token_store.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/domain/sessions/lineage.h"
#include "server/domain/sessions/session.h"
#include "server/domain/sessions/session_policy.h"
#include "server/domain/tokens/key_set_verifier.h"
#include "server/domain/tokens/signing_key.h"

namespace signet::domain {

// What the fake stores share: one small database in memory, where each store method is one
// transaction under one lock. The conformance tests hold it to the behaviour of the real one.
// Thread-safe through the stores.
class FakeDatabase {
 public:
  // While not, every store method answers STORAGE_UNAVAILABLE.
  void SetAvailable(bool available);
  // Sets the status of an account, for tests of disabled ones.
  void SetAccountStatus(base::UserId id, AccountStatus status);
  // Restores the revocation log to the state in which `head` was its last record.
  void RestoreRevocationLog(int64_t head);
  // The audit log, in the order in which it was written.
  std::vector<AuditRecord> audit();
  absl::Status AppendAudit(const AuditRecord& record);
  // Changes rows behind the stores' backs: change(keys by kid, secrets by name).
  template <typename Change>
  void TamperWithKeys(const Change& change) {
    base::MutexLock lock(mutex_);
    change(keys_, secrets_);
    ++key_version_;
  }

 private:
  friend class FakeAccessStore;
  friend class FakeAccountStore;
  friend class FakeAttemptStore;
  friend class FakeSessionStore;  // and its Reader
  friend class FakeSessionTokenStore;
  friend class FakeKeySetVerifierStore;
  friend class FakeRevocationStore;
  friend class FakeSecondFactorStore;
  friend class FakeServiceAccountStore;
  friend class FakeSigningKeyStore;
  friend class FakeMailOutbox;
  friend class FakeEmailTokenStore;  // and its Reader
  friend class FakeUserStore;

  struct Factor {
    std::string totp_sealed;
    std::optional<absl::Time> enrolled_at;
    std::optional<absl::Time> confirmed_at;
    int64_t last_step = 0;
    std::vector<std::string> recovery_hashes;
    int failures = 0;
    absl::Time counted_at = absl::InfinitePast();
    absl::Time refused_until = absl::InfinitePast();

    // What the statement with the effect does: true where a factor is in force and `proof` was good
    // once more, or where none is in force. Used up then.
    bool Admits(const std::optional<FactorProof>& proof);
  };
  struct Account {
    NewAccount account;
    AccountStatus status = AccountStatus::kActive;
    std::string hash;
    int64_t version = 1;
    absl::Time not_before = absl::InfinitePast();
    bool email_verified = false;
    absl::Time attempt_told_at = absl::InfinitePast();
    Factor factor;
    std::string display_name;
    std::optional<absl::Time> updated_at;
  };
  struct Session {
    NewSession session;
    int32_t generation = 0;
    std::string leaf_hash;
    absl::Time rotated_at;
    absl::Time recorded_at;
    absl::Time authenticated_at;
    std::optional<EndReason> end_reason;
    std::optional<absl::Time> ended_at;
    std::vector<LineageEvent> events;
    std::map<int32_t, std::string> hashes;  // by generation
    Peer last_peer;

    bool LiveAt(absl::Time now) const { return !end_reason && session.lineage_expires_at > now; }
  };

  struct EmailTokenRow {
    std::string secret_hash;
    absl::Time issued_at;
    absl::Time expires_at;
    bool used = false;
  };
  struct EmailChangeRow {
    NewEmailChange change;
    bool old_confirmed = false;
    bool new_confirmed = false;
  };
  struct Mail {
    MailRow row;
    int32_t attempts = 0;
    std::optional<absl::Time> given_up_at;
  };
  struct Guard {
    int pending = 0;
    int failures = 0;
    absl::Time pending_until = absl::InfinitePast();
    absl::Time held_until = absl::InfinitePast();
    absl::Time locked_until = absl::InfinitePast();
    absl::Time touched_at = absl::InfinitePast();
  };
  struct Machine {  // a service account
    ServiceAccount account;
    std::vector<std::string> roles;
    absl::Time not_before = absl::InfinitePast();
  };
  struct ApiKeyRow {
    ApiKeyRecord record;
    std::string secret_hash;
  };

  // Roles as the migration makes them.
  static std::map<std::string, Role> BuiltInRoles();
  std::vector<HeldRole> HeldBy(SubjectId subject, const std::vector<std::string>& roles) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Whether he is an administrator who stays (active, and the role has no end) and nobody else is.
  bool IsLastAdministrator(base::UserId id) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Refuses every token of the subject that was issued before now.
  void CutTokens(SubjectId subject, absl::Time& not_before, absl::Time now, absl::Time expires_at)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  absl::Status Check() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Account* FindAccount(base::UserId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Nothing for a deleted one.
  Machine* FindMachine(SubjectId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Through every door. Whether one was locked.
  bool ForgetFailures(base::UserId user, absl::Time now) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  Session* FindSession(base::UserId user, base::SessionId id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  SessionGrant GrantOf(const Session& row, const Account& account) const
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void EndSession(Session& session, EndReason reason, const Peer& peer, absl::Time now,
                  std::optional<int32_t> presented) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t AppendRevocation(token::RevocationRecord record) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  int64_t AppendRevocation(token::RevocationKind kind, const std::string& subject, absl::Time now,
                           absl::Time expires_at) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // What a store method does with the MailRow it was given, where its effect came about. An empty
  // row writes nothing.
  void AppendMail(const MailRow& row) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  base::Mutex mutex_;
  bool available_ ABSL_GUARDED_BY(mutex_) = true;
  std::map<std::string, Account> accounts_ ABSL_GUARDED_BY(mutex_);  // by canonical e-mail
  std::map<std::pair<base::UserId, base::SessionId>, Session> sessions_ ABSL_GUARDED_BY(mutex_);
  std::vector<AuditRecord> audit_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<base::Uuid, base::Uuid>, Guard> guards_ ABSL_GUARDED_BY(mutex_);
  std::map<ServiceAccountId, Machine> machines_ ABSL_GUARDED_BY(mutex_);
  std::map<ApiKeyId, ApiKeyRow> api_keys_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, Role> roles_ ABSL_GUARDED_BY(mutex_) = BuiltInRoles();
  std::map<std::pair<SubjectId, std::string>, RoleGrant> grants_ ABSL_GUARDED_BY(mutex_);
  std::vector<token::RevocationRecord> revocations_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, SigningKeyRecord> keys_ ABSL_GUARDED_BY(mutex_);
  int64_t key_version_ ABSL_GUARDED_BY(mutex_) = 0;
  std::map<std::string, KeySetVerifier> verifiers_ ABSL_GUARDED_BY(mutex_);
  std::map<std::string, SigningKeyStore::SealedSecret> secrets_ ABSL_GUARDED_BY(mutex_);
  SessionPolicy session_policy_ ABSL_GUARDED_BY(mutex_);
  std::vector<Mail> mails_ ABSL_GUARDED_BY(mutex_);
  std::map<std::pair<base::UserId, EmailTokenPurpose>, EmailTokenRow> email_tokens_
      ABSL_GUARDED_BY(mutex_);
  std::map<base::UserId, EmailChangeRow> email_changes_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::domain
