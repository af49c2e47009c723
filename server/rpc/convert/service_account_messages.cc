#include "server/rpc/convert/service_account_messages.h"

#include <algorithm>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMinName = 3;
constexpr size_t kMaxName = 64;
constexpr size_t kMaxKeyName = 128;
constexpr absl::Duration kDefaultOverlap = absl::Hours(24);
constexpr absl::Duration kMaxOverlap = absl::Hours(24 * 30);

// It stands in tokens as `client_id` and in logs.
absl::Status CheckName(absl::string_view field, absl::string_view name) {
  SIGNET_RETURN_IF_ERROR(CheckVisibleAscii(field, name, kMinName, kMaxName));
  if (name[0] < 'a' || name[0] > 'z' || !std::all_of(name.begin(), name.end(), IsNameCharacter)) {
    return base::FieldError(field, "is not a letter and then letters, digits, '.', '_', '-'");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<NewServiceAccount> ToNewServiceAccount(
    const v1::CreateServiceAccountRequest& request) {
  const v1::ServiceAccount& wanted = request.service_account();
  SIGNET_RETURN_IF_ERROR(CheckName("service_account.name", wanted.name()));
  SIGNET_RETURN_IF_ERROR(
      CheckText("service_account.description", wanted.description(), 0, kMaxDescription));
  return NewServiceAccount{wanted.name(), wanted.description()};
}

absl::StatusOr<domain::ServiceAccountId> ToServiceAccountId(absl::string_view id) {
  return ParseId<domain::ServiceAccountId>("service_account_id", id);
}

absl::StatusOr<domain::ApiKeyId> ToApiKeyId(absl::string_view id) {
  return ParseId<domain::ApiKeyId>("api_key_id", id);
}

absl::StatusOr<domain::ApiKeyRecord> ToNewApiKey(const v1::CreateApiKeyRequest& request) {
  domain::ApiKeyRecord key;
  SIGNET_ASSIGN_OR_RETURN(key.account, ToServiceAccountId(request.service_account_id()));
  const v1::ApiKey& wanted = request.api_key();
  SIGNET_RETURN_IF_ERROR(CheckText("api_key.name", wanted.name(), 0, kMaxKeyName));
  SIGNET_RETURN_IF_ERROR(CheckScopes("api_key.scopes", wanted.scopes()));
  if (wanted.has_expire_time()) {
    SIGNET_ASSIGN_OR_RETURN(key.expires_at, ToTime("api_key.expire_time", wanted.expire_time()));
  }
  key.name = wanted.name();
  key.scopes.assign(wanted.scopes().begin(), wanted.scopes().end());
  return key;
}

absl::StatusOr<absl::Duration> ToOverlap(const v1::RotateApiKeyRequest& request) {
  if (!request.has_overlap()) return kDefaultOverlap;
  const google::protobuf::Duration& asked = request.overlap();
  const bool valid = asked.seconds() >= 0 && asked.nanos() >= 0 && asked.nanos() <= 999'999'999;
  if (!valid || asked.seconds() > absl::ToInt64Seconds(kMaxOverlap)) {
    return base::FieldError("overlap", "is not in 0 to 30 days");
  }
  return std::min(absl::Seconds(asked.seconds()) + absl::Nanoseconds(asked.nanos()), kMaxOverlap);
}

void FromServiceAccount(const domain::ServiceAccount& account, v1::ServiceAccount& out) {
  out.set_service_account_id(account.id.ToString());
  out.set_name(account.name);
  out.set_description(account.description);
  out.set_disabled(account.status != domain::ServiceAccountStatus::kActive);
  out.set_created_by(account.created_by.ToString());
  SetTimestamp(account.created_at, *out.mutable_create_time());
  SetTimestamp(account.updated_at, *out.mutable_update_time());
}

void FromApiKey(const domain::ApiKeyRecord& key, v1::ApiKey& out) {
  out.set_api_key_id(key.id.ToString());
  out.set_prefix(domain::ApiKeyPrefix(key.id));
  out.set_service_account_id(key.account.ToString());
  out.set_name(key.name);
  for (const std::string& scope : key.scopes) out.add_scopes(scope);
  out.set_created_by(key.created_by.ToString());
  SetTimestamp(key.created_at, *out.mutable_create_time());
  if (key.expires_at) SetTimestamp(*key.expires_at, *out.mutable_expire_time());
  if (key.revoked_at) SetTimestamp(*key.revoked_at, *out.mutable_revoke_time());
  if (key.replaced_by) out.set_replaced_by(key.replaced_by->ToString());
  if (key.last_used_at) SetTimestamp(*key.last_used_at, *out.mutable_last_use_time());
}

}  // namespace signet::rpc
