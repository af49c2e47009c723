#pragma once

#include <optional>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/accounts/account.h"
#include "server/domain/audit/audit_record.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// People and their password credentials. Every call may fail with STORAGE_UNAVAILABLE
// (UNAVAILABLE) or DEADLINE_EXCEEDED. `audit` is written by the same statement, exactly when it has
// its effect. Thread-safe.
class AccountStore {
 public:
  virtual ~AccountStore() = default;

  // False when the canonical e-mail is taken: then nothing is written but `account.attempt`, unless
  // one was within the last hour (or anybody could fill a mailbox by registering). Else the
  // account, its verification token and `account.welcome`. One statement,
  // which writes the event `made` or `taken` accordingly.
  virtual absl::StatusOr<bool> Insert(const NewAccount& account, const AuditRecord& made,
                                      const AuditRecord& taken) = 0;

  // Inserts `account` with role "admin" only while no account has that role; false otherwise. Two
  // processes that race make exactly one. Its address counts as verified.
  virtual absl::StatusOr<bool> InsertFirstAdministrator(const NewAccount& account,
                                                        const AuditRecord& audit) = 0;

  // One statement.
  virtual absl::StatusOr<std::optional<LoginRecord>> FindByEmail(absl::string_view canonical) = 0;
  virtual absl::StatusOr<std::optional<LoginRecord>> FindById(base::UserId id) = 0;

  // Replaces the hash if the version is still `expected_version` (rehash at login, R-103); false
  // when another writer was first. Sessions stay.
  virtual absl::StatusOr<bool> Rehash(base::UserId id, int64_t expected_version,
                                      absl::string_view new_hash) = 0;

  // Replaces the hash if the version is still `expected_version`, ends every session of the user
  // except `keep` with kPasswordChanged, and appends one kSession revocation for each ended one;
  // and writes `told`; all in one statement. False when another writer was first.
  virtual absl::StatusOr<bool> ChangePassword(base::UserId id, int64_t expected_version,
                                              absl::string_view new_hash,
                                              std::optional<base::SessionId> keep, absl::Time now,
                                              absl::Time revocation_expires_at, const MailRow& told,
                                              const AuditRecord& audit) = 0;
};

}  // namespace signet::domain
