#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/ids.h"
#include "client/base/secret.h"

namespace signet::rpc {

// Page tokens of ListSessions: opaque, signed with HMAC-SHA-256 under a secret of the cluster, and
// bound to the user whose list they continue, so that nobody can make one or use it on another list
// (AIP-158). Any replica continues the list of another. Thread-safe.
class PageTokens {
 public:
  explicit PageTokens(base::Secret key) : key_(std::move(key)) {}

  std::string Encode(base::UserId user, base::SessionId last) const;

  // The last session of the page before. FIELD_INVALID (page_token) for anything that Encode() did
  // not answer for this very user.
  absl::StatusOr<base::SessionId> Decode(absl::string_view token, base::UserId user) const;

 private:
  std::string Tag(base::UserId user, base::SessionId last) const;

  const base::Secret key_;
};

}  // namespace signet::rpc
