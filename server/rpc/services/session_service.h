#pragma once

#include <string>

#include "client/base/secret.h"
#include "server/domain/sessions/sessions.h"
#include "server/rpc/page_token.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// signet.v1.SessionService over the use cases. What each method promises stands in its proto file.
class SessionService final : public Service {
 public:
  // `sessions` outlives the service. `page_token_key`: at least 32 bytes, the same on every
  // replica.
  SessionService(domain::Sessions& sessions, base::Secret page_token_key)
      : sessions_(sessions), page_tokens_(std::move(page_token_key)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  domain::Sessions& sessions_;
  const PageTokens page_tokens_;
};

}  // namespace signet::rpc
