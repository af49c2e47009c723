#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::rpc {

// Page tokens of any list: opaque, signed with HMAC-SHA-256 under a secret of the cluster, and
// bound to the list that they continue, so that nobody can make one or use it on another list
// (AIP-158). Any replica continues the list of another. Thread-safe.
class PageTokens {
 public:
  explicit PageTokens(base::Secret key) : key_(std::move(key)) {}

  // `list` names the list with everything that selects what is in it; `last` is where the page
  // ended.
  std::string Encode(absl::string_view list, absl::string_view last) const;

  // `last`; empty for an empty token, the first page. FIELD_INVALID (page_token) for anything that
  // Encode() did not answer for this very list.
  absl::StatusOr<std::string> Decode(absl::string_view token, absl::string_view list) const;

 private:
  std::string Tag(absl::string_view list, absl::string_view last) const;

  const base::Secret key_;
};

}  // namespace signet::rpc
