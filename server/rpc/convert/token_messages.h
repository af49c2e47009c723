#pragma once

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/domain/access/issue_service_token.h"
#include "server/domain/tokens/explain_token.h"
#include "server/rpc/convert/decision_bytes.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {

// Messages of TokenService. Each Check() is the validation table of its request: every limit that
// the proto file states, or FIELD_INVALID naming the field. An over-long token to judge is not an
// invalid field but a token that is TOO_LARGE.
absl::Status Check(const v1::RefreshRequest& request);
absl::Status Check(const ValidateFields& request);
absl::Status Check(const BatchFields& request);
absl::Status Check(const v1::RevokeRequest& request);
absl::Status Check(const v1::ExplainTokenRequest& request);

// For a request that ReadBatchFields() left to the generated parser: views into it.
BatchFields FieldsOf(const v1::ValidateBatchRequest& request);

v1::InactiveReason ToProto(token::RejectReason reason);
v1::InactiveReason ToProto(domain::SessionRefusal refusal);
v1::DecisionSource ToProto(token::DecisionSource source);
// Why a decision that is not active is not.
v1::InactiveReason PublicReason(const domain::ValidateDecision& decision);

void FromClaims(const token::AccessTokenClaims& claims, v1::Claims& out);
void FromExplanation(const domain::TokenExplanation& explanation, v1::ExplainTokenResponse& out);

// IssueServiceToken. Takes the key out of the request; empty where there is none.
absl::StatusOr<domain::ServiceTokenCommand> ToServiceTokenCommand(
    v1::IssueServiceTokenRequest& request, const std::string& default_audience);
void FromServiceToken(const domain::ServiceTokenDecision& decision,
                      v1::IssueServiceTokenResponse& out);

}  // namespace signet::rpc
