#include "server/rpc/page_token.h"

#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/crypto/digest.h"

namespace signet::rpc {
namespace {

// Separates these tags from anything else that the same key might ever sign.
constexpr absl::string_view kPurpose = "signet.v1 list page 1";
constexpr size_t kTagBytes = 32;
constexpr size_t kMostLast = 512;

}  // namespace

// The length before the list: nothing of one can pass for a part of the other.
std::string PageTokens::Tag(absl::string_view list, absl::string_view last) const {
  const auto tag =
      crypto::HmacSha256(key_.reveal(), absl::StrCat(kPurpose, " ", list.size(), " ", list, last));
  return std::string(crypto::DigestView(tag));
}

std::string PageTokens::Encode(absl::string_view list, absl::string_view last) const {
  return base::Base64UrlEncode(absl::StrCat(Tag(list, last), last));
}

absl::StatusOr<std::string> PageTokens::Decode(absl::string_view token,
                                               absl::string_view list) const {
  if (token.empty()) return std::string();
  const absl::Status refused =
      base::FieldError("page_token", "is not the next_page_token of this list");
  if (token.size() > 2 * kMostLast) return refused;
  const auto bytes = base::Base64UrlDecode(token);
  if (!bytes || bytes->size() <= kTagBytes) return refused;
  std::string last = bytes->substr(kTagBytes);
  const absl::string_view tag(bytes->data(), kTagBytes);
  if (!base::ConstantTimeEquals(tag, Tag(list, last))) return refused;
  return last;
}

}  // namespace signet::rpc
