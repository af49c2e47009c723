#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/access/access_records.h"
#include "server/domain/access/api_key.h"
#include "server/domain/access/held_role.h"

namespace signet::domain {

// Values are in the database.
enum class ServiceAccountStatus { kActive = 1, kDisabled = 2, kDeleted = 3 };

// A machine that calls as itself. It holds roles as a person does.
struct ServiceAccount {
  ServiceAccountId id;
  std::string name;  // unique among those that are not deleted; `client_id` of its tokens
  std::string description;
  ServiceAccountStatus status = ServiceAccountStatus::kActive;
  base::UserId created_by;
  absl::Time created_at;
  absl::Time updated_at;
};

// What may be known of a key. Its secret is known to whoever made it, once.
struct ApiKeyRecord {
  ApiKeyId id;
  ServiceAccountId account;
  std::string name;
  std::vector<std::string> scopes;  // the most that its tokens may have
  base::UserId created_by;
  absl::Time created_at;
  std::optional<absl::Time> expires_at;
  std::optional<absl::Time> revoked_at;
  std::optional<ApiKeyId> replaced_by;
  std::optional<absl::Time> last_used_at;  // to the minute
};

// The one row that judges a key: the key, its account, and what that holds.
struct ApiKeyView {
  std::string secret_hash;
  std::vector<std::string> scopes;
  std::optional<absl::Time> expires_at;
  bool revoked = false;
  ServiceAccountId account;
  std::string account_name;
  ServiceAccountStatus account_status = ServiceAccountStatus::kActive;
  absl::Time account_not_before = absl::InfinitePast();
  std::vector<HeldRole> held;
};

// The most keys of one account that work at the same time.
inline constexpr int kMostApiKeys = 32;

}  // namespace signet::domain
