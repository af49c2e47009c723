#pragma once

#include <string>

#include "server/config/load.h"

namespace signet::config {

// What is in force, as YAML with the source of each value in a comment; secrets redacted.
std::string RenderEffective(const Loaded& loaded);

// The annotated example: every key with its meaning, limits and environment name. Equals
// deploy/signet.example.yaml.
std::string RenderExample();

// The reference for people. Equals docs/configuration.md.
std::string RenderReference();

}  // namespace signet::config
