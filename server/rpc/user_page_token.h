#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/people/user.h"

namespace signet::rpc {

// Page tokens of ListUsers and ExportUserData: opaque, signed with HMAC-SHA-256 under a secret of
// the cluster, and bound to the filter whose list they continue (AIP-158). Any replica continues
// the list of another. They hold the address or the id of the last person shown, to somebody who
// saw it. Thread-safe.
class UserPageTokens {
 public:
  explicit UserPageTokens(base::Secret key) : key_(std::move(key)) {}

  std::string Encode(const domain::UserFilter& filter, const domain::UserPosition& last) const;

  // Where the page before ended. FIELD_INVALID (page_token) for anything that Encode() did not
  // answer for this very filter.
  absl::StatusOr<domain::UserPosition> Decode(absl::string_view token,
                                              const domain::UserFilter& filter) const;

  // The same for the export of one person: how many records the pages before had.
  std::string EncodeExport(base::UserId user, int64_t skip) const;
  absl::StatusOr<int64_t> DecodeExport(absl::string_view token, base::UserId user) const;

 private:
  std::string ExportTag(base::UserId user, absl::string_view position) const;
  std::string Tag(const domain::UserFilter& filter, absl::string_view position) const;

  const base::Secret key_;
};

}  // namespace signet::rpc
