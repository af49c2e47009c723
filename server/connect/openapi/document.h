#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "server/connect/methods.h"

namespace signet::connect {

// The OpenAPI 3.1 document of every unary method: paths, schemas and comments from the contract,
// who may call and with what from the method table. Ends in a line end. `version` is the server's.
std::string OpenApi(const Methods& methods, absl::string_view version);

}  // namespace signet::connect
