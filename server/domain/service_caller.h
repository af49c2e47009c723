#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/token/verifier.h"
#include "server/domain/access/access_records.h"
#include "server/domain/access/api_key.h"

namespace signet::domain {

// A service account that sent a call: proof that its access token was verified, or its API key
// checked. Never taken for a person. Immutable.
class ServiceCaller {
 public:
  // UNAUTHENTICATED (TOKEN_INVALID) for a token of a session, or one whose subject is no id.
  static absl::StatusOr<ServiceCaller> From(const token::VerifiedAccessToken& token);

  ServiceAccountId account_id() const { return account_id_; }
  SubjectId subject_id() const { return SubjectId(account_id_.uuid()); }
  bool Has(absl::string_view permission) const;
  // OK, or PERMISSION_DENIED (PERMISSION_MISSING) naming the permission.
  absl::Status Require(absl::string_view permission) const;

 private:
  friend class CheckApiKey;
  ServiceCaller(ServiceAccountId account, std::vector<std::string> permissions)
      : account_id_(account), permissions_(std::move(permissions)) {}

  ServiceAccountId account_id_;
  std::vector<std::string> permissions_;
};

}  // namespace signet::domain
