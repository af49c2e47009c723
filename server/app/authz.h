#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "server/domain/gateways/authz_rules.h"

namespace signet::app {

// The rules of /authz from `file` (YAML, as docs/http.md shows it). INVALID_ARGUMENT naming the
// file and all that is wrong with its form, or the first thing that is wrong with a rule.
absl::StatusOr<domain::AuthzRules> ReadAuthzRules(const std::string& file);

}  // namespace signet::app
