#pragma once

#include <string>

#include "client/base/secret.h"
#include "server/domain/audit/read_audit.h"
#include "server/rpc/page_token.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// signet.v1.AuditService over the use case. What each method promises stands in its proto file.
class AuditService final : public Service {
 public:
  // `audit` outlives the service. `key`: the log's verifier key in text. `page_token_key`: as of
  // SessionService, and another one.
  AuditService(domain::ReadAudit& audit, std::string key, base::Secret page_token_key)
      : audit_(audit), key_(std::move(key)), page_tokens_(std::move(page_token_key)) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  domain::ReadAudit& audit_;
  const std::string key_;
  const PageTokens page_tokens_;
};

}  // namespace signet::rpc
