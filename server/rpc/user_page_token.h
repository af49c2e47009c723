#pragma once

#include <cstdint>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/domain/people/user.h"
#include "server/rpc/page_token.h"

namespace signet::rpc {

// PageTokens of ListUsers, bound to the filter whose list they continue, and of ExportUserData.
// They hold the address or the id of the last person shown, to somebody who saw it. Thread-safe.
class UserPageTokens {
 public:
  explicit UserPageTokens(base::Secret key) : tokens_(std::move(key)) {}

  std::string Encode(const domain::UserFilter& filter, const domain::UserPosition& last) const;

  // Where the page before ended. FIELD_INVALID (page_token) for anything that Encode() did not
  // answer for this very filter.
  absl::StatusOr<domain::UserPosition> Decode(absl::string_view token,
                                              const domain::UserFilter& filter) const;

  // The same for the export of one person: how many records the pages before had.
  std::string EncodeExport(base::UserId user, int64_t skip) const;
  absl::StatusOr<int64_t> DecodeExport(absl::string_view token, base::UserId user) const;

 private:
  const PageTokens tokens_;
};

}  // namespace signet::rpc
