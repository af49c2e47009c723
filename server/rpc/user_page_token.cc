#include "server/rpc/user_page_token.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/crypto/digest.h"

namespace signet::rpc {
namespace {

// Separates these tags from anything else that the same key might ever sign.
constexpr absl::string_view kPurpose = "signet.v1.UserService/ListUsers page 1";
constexpr absl::string_view kExportPurpose = "signet.v1.UserService/ExportUserData page 1";
constexpr size_t kIdBytes = 16;
constexpr size_t kTagBytes = 32;
// Decimal microseconds since 1970, so that a list continues exactly where it ended.
constexpr size_t kTimeDigits = 20;

std::string TimeText(std::optional<absl::Time> time) {
  if (!time) return "-";
  return absl::StrCat(absl::ToUnixMicros(*time));
}

// Each part with its length before it: no two filters have one text.
void Append(absl::string_view part, std::string& text) {
  absl::StrAppend(&text, part.size(), ":", part);
}

}  // namespace

std::string UserPageTokens::Tag(const domain::UserFilter& filter,
                                absl::string_view position) const {
  std::string text(kPurpose);
  Append(filter.email_prefix, text);
  Append(absl::StrCat(filter.status ? static_cast<int>(*filter.status) : 0), text);
  Append(filter.role, text);
  Append(TimeText(filter.created_from), text);
  Append(TimeText(filter.created_before), text);
  Append(position, text);
  return std::string(crypto::DigestView(crypto::HmacSha256(key_.reveal(), text)));
}

std::string UserPageTokens::Encode(const domain::UserFilter& filter,
                                   const domain::UserPosition& last) const {
  std::string position(last.canonical_email);
  if (filter.email_prefix.empty()) {
    std::string micros = TimeText(last.created_at);
    micros.insert(0, kTimeDigits - micros.size(), ' ');
    position = absl::StrCat(micros, last.id.bytes());
  }
  return base::Base64UrlEncode(absl::StrCat(Tag(filter, position), position));
}

absl::StatusOr<domain::UserPosition> UserPageTokens::Decode(
    absl::string_view token, const domain::UserFilter& filter) const {
  const absl::Status refused =
      base::FieldError("page_token", "is not the next_page_token of this list");
  const auto bytes = base::Base64UrlDecode(token);
  if (!bytes || bytes->size() < kTagBytes) return refused;
  const absl::string_view position = absl::string_view(*bytes).substr(kTagBytes);
  const absl::string_view tag = absl::string_view(*bytes).substr(0, kTagBytes);
  if (!base::ConstantTimeEquals(tag, Tag(filter, position))) return refused;

  // From here on it is our own writing.
  domain::UserPosition last;
  if (!filter.email_prefix.empty()) {
    last.canonical_email = std::string(position);
    return last;
  }
  int64_t micros = 0;
  const auto id = position.size() == kTimeDigits + kIdBytes
                      ? base::UserId::FromBytes(position.substr(kTimeDigits))
                      : std::nullopt;
  if (!id || !absl::SimpleAtoi(position.substr(0, kTimeDigits), &micros)) return refused;
  last.created_at = absl::FromUnixMicros(micros);
  last.id = *id;
  return last;
}

std::string UserPageTokens::ExportTag(base::UserId user, absl::string_view position) const {
  return std::string(crypto::DigestView(
      crypto::HmacSha256(key_.reveal(), absl::StrCat(kExportPurpose, user.bytes(), position))));
}

std::string UserPageTokens::EncodeExport(base::UserId user, int64_t skip) const {
  const std::string position = absl::StrCat(skip);
  return base::Base64UrlEncode(absl::StrCat(ExportTag(user, position), position));
}

absl::StatusOr<int64_t> UserPageTokens::DecodeExport(absl::string_view token,
                                                     base::UserId user) const {
  const absl::Status refused =
      base::FieldError("page_token", "is not the next_page_token of this export");
  const auto bytes = base::Base64UrlDecode(token);
  if (!bytes || bytes->size() < kTagBytes) return refused;
  const absl::string_view tag = absl::string_view(*bytes).substr(0, kTagBytes);
  const absl::string_view position = absl::string_view(*bytes).substr(kTagBytes);
  int64_t skip = 0;
  if (!base::ConstantTimeEquals(tag, ExportTag(user, position)) ||
      !absl::SimpleAtoi(position, &skip)) {
    return refused;
  }
  return skip;
}

}  // namespace signet::rpc
