#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::rpc {

// Whether `authorization` metadata is of the scheme Basic (RFC 7617); in any case, one blank.
bool IsBasic(absl::string_view authorization);

// The API key in Basic credentials whose user is a key's id (UUID) and whose password is that key,
// or the part of it behind the id. Nothing for anything else, and where the two name different
// keys. Whether the key is one that works is not looked at.
std::optional<base::Secret> ApiKeyOf(absl::string_view authorization);

}  // namespace signet::rpc
