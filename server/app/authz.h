#pragma once

#include <functional>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "server/app/observers.h"
#include "server/app/parts.h"
#include "server/domain/gateways/authz_rules.h"
#include "server/domain/gateways/judge_request.h"
#include "server/http/authz/authz_endpoint.h"
#include "server/http/reply.h"

namespace signet::app {

// The rules of gateways from `file` (YAML, as docs/gateways.md shows it). INVALID_ARGUMENT naming
// the file and all that is wrong with its form, or the first thing that is wrong with a rule.
absl::StatusOr<domain::AuthzRules> ReadAuthzRules(const std::string& file);

// What gateways are answered by, at both doors: GET /authz and Check.
class Gateways {
 public:
  // All outlive it. With no file of rules nothing passes; what is wrong with the file is an error.
  static absl::StatusOr<std::unique_ptr<Gateways>> Make(const config::Settings& settings,
                                                        const domain::ValidateToken& validate,
                                                        domain::ValidateSession& sessions,
                                                        Telemetry& telemetry);

  const domain::JudgeRequest& judge() const { return judge_; }
  const http::AuthzEndpoint& endpoint() const { return endpoint_; }
  bool has_rules() const { return has_rules_; }

  // GET /authz. Until `ready` says so (from any thread), as before the revocations have been read,
  // nothing is let through.
  http::Route AuthzRoute(std::function<bool()> ready) const;

 private:
  Gateways(const config::Settings& settings, const domain::ValidateToken& validate,
           domain::ValidateSession& sessions, Telemetry& telemetry, domain::AuthzRules rules);

  const bool has_rules_;
  CountingGateways observer_;
  const domain::JudgeRequest judge_;
  const http::AuthzEndpoint endpoint_;
};

}  // namespace signet::app
