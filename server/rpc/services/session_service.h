#pragma once

#include <string>
#include <utility>

#include "client/base/secret.h"
#include "server/domain/sessions/sessions.h"
#include "server/domain/sessions/switch_sessions.h"
#include "server/domain/sessions/validate_session.h"
#include "server/rpc/page_token.h"
#include "server/rpc/service.h"
#include "server/rpc/services/login_call.h"

namespace signet::rpc {

// signet.v1.SessionService over the use cases. What each method promises stands in its proto file.
class SessionService final : public Service {
 public:
  struct Uses {  // all outlive the service
    domain::Sessions& sessions;
    domain::ValidateSession& validate;
    domain::SwitchSessions& policy;
    LoginUses login;
  };
  // `page_token_key`: at least 32 bytes, the same on every replica. `default_audience`: of a
  // CreateSession that names none. Not empty.
  SessionService(const Uses& uses, base::Secret page_token_key, std::string default_audience)
      : uses_(uses),
        page_tokens_(std::move(page_token_key)),
        default_audience_(std::move(default_audience)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  const Uses uses_;
  const PageTokens page_tokens_;
  const std::string default_audience_;
};

}  // namespace signet::rpc
