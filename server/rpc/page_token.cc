#include "server/rpc/page_token.h"

#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/crypto/digest.h"

namespace signet::rpc {
namespace {

// Separates these tags from anything else that the same key might ever sign.
constexpr absl::string_view kPurpose = "signet.v1.SessionService/ListSessions page 1";
constexpr size_t kIdBytes = 16;
constexpr size_t kTagBytes = 32;

}  // namespace

std::string PageTokens::Tag(base::UserId user, base::SessionId last) const {
  const auto tag = crypto::HmacSha256(
      key_.reveal(),
      absl::StrCat(kPurpose, absl::string_view("\0", 1), user.bytes(), last.bytes()));
  return std::string(crypto::DigestView(tag));
}

std::string PageTokens::Encode(base::UserId user, base::SessionId last) const {
  return base::Base64UrlEncode(absl::StrCat(last.bytes(), Tag(user, last)));
}

absl::StatusOr<base::SessionId> PageTokens::Decode(absl::string_view token,
                                                   base::UserId user) const {
  const absl::Status refused =
      base::FieldError("page_token", "is not the next_page_token of this list");
  const auto bytes = base::Base64UrlDecode(token);
  if (!bytes || bytes->size() != kIdBytes + kTagBytes) return refused;
  const absl::string_view view = *bytes;
  const auto last = base::SessionId::FromBytes(view.substr(0, kIdBytes));
  if (!last || !base::ConstantTimeEquals(view.substr(kIdBytes), Tag(user, *last))) return refused;
  return *last;
}

}  // namespace signet::rpc
