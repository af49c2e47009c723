#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/mail/outgoing_mail.h"

namespace signet::domain {

// Values are in the database. Whatever is not kActive neither logs in nor refreshes.
enum class AccountStatus {
  kActive = 1,
  kDisabled = 2,  // by an administrator, who can enable it again
  kDeleted = 3,   // for good; the address is free again
  kErased = 4,    // deleted, and nothing is known of the person but the id
};

// What a login needs of a person, read in one round trip by canonical e-mail.
struct LoginRecord {
  base::UserId user_id;
  AccountStatus status = AccountStatus::kActive;
  std::string email;             // as the person spelled it
  std::string password_hash;     // PHC string or $2a$/$2b$/$2y$ (bcrypt)
  int64_t password_version = 0;  // grows with every change of the hash; guards against races
  std::vector<std::string> roles;
  bool email_verified = false;
  bool second_factor = false;  // one is in force: the password alone opens nothing
};

struct NewAccount {
  base::UserId user_id;
  std::string email;            // as the person spelled it, NFKC
  std::string canonical_email;  // CanonicalEmail(); unique
  std::string password_hash;
  std::vector<std::string> roles;
  absl::Time created_at;

  // Written with the account; empty where mail is not configured.
  std::string verification_hash;  // of the token in `welcome`
  absl::Time verification_expires_at;
  MailRow welcome;
  // Written instead where the address has an account, at most once an hour for each.
  MailRow attempt;
};

}  // namespace signet::domain
