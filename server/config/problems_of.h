#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "server/config/load.h"

namespace signet::config {

// For tests: what Load() finds wrong with these variables of the environment, beside what it needs.
inline std::vector<std::string> ProblemsOf(std::map<std::string, std::string> environment) {
  Sources sources;
  sources.environment = std::move(environment);
  sources.environment["SIGNET_TOKENS_ISSUER"] = "https://id.example.com";
  sources.environment["SIGNET_DATABASE_URL"] = "postgresql:///signet";
  return Load(sources, Purpose::kServe).problems;
}

}  // namespace signet::config
