#pragma once

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/access/check_api_key.h"
#include "server/observe/token_metrics.h"
#include "server/rpc/authenticator.h"

namespace signet::rpc {

// HTTP Basic for callers that cannot do better yet: maps it to an API key, and counts it, so that
// an operator sees when it can be switched off. Thread-safe.
class ApiKeyAuthenticator final : public BasicAuthenticator {
 public:
  enum class Switch { kOn, kOff };

  // Both outlive it.
  ApiKeyAuthenticator(domain::CheckApiKey& check, observe::TokenMetrics& metrics, Switch state)
      : check_(check), metrics_(metrics), state_(state) {}

  absl::StatusOr<domain::ServiceCaller> Authenticate(absl::string_view authorization,
                                                     const domain::CallInfo& call) override;

  // The API key in Basic credentials, for a method that judges it by itself. Empty for anything
  // else and while switched off: counted so.
  base::Secret TakeKey(absl::string_view authorization);

  // Counts what such a method found.
  void Count(domain::ApiKeyOutcome outcome);

 private:
  domain::CheckApiKey& check_;
  observe::TokenMetrics& metrics_;
  const Switch state_;
};

}  // namespace signet::rpc
