#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/time/time.h"
#include "client/base/snapshot.h"
#include "client/token/key_set.h"
#include "server/domain/access/issue_service_token.h"
#include "server/domain/sessions/guarded_refresh.h"
#include "server/domain/sessions/validate_session.h"
#include "server/domain/tokens/explain_token.h"
#include "server/domain/tokens/key_set_roster.h"
#include "server/domain/tokens/revoke_all.h"
#include "server/domain/tokens/revoke_token.h"
#include "server/domain/tokens/validate_token.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/api_key_authenticator.h"
#include "server/rpc/service.h"
#include "server/rpc/services/revocation_watch.h"
#include "server/rpc/services/session_questions.h"

namespace signet::rpc {

// signet.v1.TokenService over the use cases. What each method promises stands in its proto file.
class TokenService final : public Service {
 public:
  struct Uses {  // all outlive the service
    domain::GuardedRefresh& refresh;
    const domain::ValidateToken& validate;
    domain::ValidateSession& sessions;
    SessionQuestions& questions;
    domain::RevokeToken& revoke;
    domain::RevokeAll& revoke_all;
    domain::ExplainToken& explain;
    domain::IssueServiceToken& issue_service_token;
    ApiKeyAuthenticator& basic;
    const base::Snapshot<token::KeySet>& keys;
    std::function<absl::Time()> keys_as_of;  // when `keys` were last found to be the newest ones
    RevocationWatches& revocations;
    domain::KeySetRoster& verifiers;
    observe::TokenMetrics& metrics;
  };
  // `default_audience`: of an IssueServiceToken that names none. Not empty.
  TokenService(const Uses& uses, std::string default_audience)
      : uses_(uses), default_audience_(std::move(default_audience)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  const Uses uses_;
  const std::string default_audience_;
};

}  // namespace signet::rpc
