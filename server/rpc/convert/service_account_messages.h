#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/access/service_account.h"
#include "server/domain/access/service_accounts.h"
#include "signet/v1/access_service.pb.h"

namespace signet::rpc {

// Service accounts and API keys of AccessService -> the domain: forms and limits, naming
// the field refused.
struct NewServiceAccount {
  std::string name;
  std::string description;
};
absl::StatusOr<NewServiceAccount> ToNewServiceAccount(
    const v1::CreateServiceAccountRequest& request);
absl::StatusOr<domain::ServiceAccountId> ToServiceAccountId(absl::string_view id);
absl::StatusOr<domain::ApiKeyId> ToApiKeyId(absl::string_view id);
absl::StatusOr<domain::ApiKeyRecord> ToNewApiKey(const v1::CreateApiKeyRequest& request);
absl::StatusOr<absl::Duration> ToOverlap(const v1::RotateApiKeyRequest& request);

// The domain -> answers.
void FromServiceAccount(const domain::ServiceAccount& account, v1::ServiceAccount& out);
void FromApiKey(const domain::ApiKeyRecord& key, v1::ApiKey& out);

}  // namespace signet::rpc
