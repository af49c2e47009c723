#include "server/rpc/user_page_token.h"

#include <optional>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::rpc {
namespace {

constexpr size_t kIdBytes = 16;
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

std::string ListOf(const domain::UserFilter& filter) {
  std::string text("users ");
  Append(filter.email_prefix, text);
  Append(absl::StrCat(filter.status ? static_cast<int>(*filter.status) : 0), text);
  Append(filter.role, text);
  Append(TimeText(filter.created_from), text);
  Append(TimeText(filter.created_before), text);
  return text;
}

std::string ExportOf(base::UserId user) { return absl::StrCat("data of ", user.ToString()); }

absl::Status NotOfThisList() {
  return base::FieldError("page_token", "is not the next_page_token of this list");
}

}  // namespace

std::string UserPageTokens::Encode(const domain::UserFilter& filter,
                                   const domain::UserPosition& last) const {
  if (!filter.email_prefix.empty()) return tokens_.Encode(ListOf(filter), last.canonical_email);
  std::string micros = TimeText(last.created_at);
  micros.insert(0, kTimeDigits - micros.size(), ' ');
  return tokens_.Encode(ListOf(filter), absl::StrCat(micros, last.id.bytes()));
}

absl::StatusOr<domain::UserPosition> UserPageTokens::Decode(
    absl::string_view token, const domain::UserFilter& filter) const {
  SIGNET_ASSIGN_OR_RETURN(const std::string position, tokens_.Decode(token, ListOf(filter)));
  if (position.empty()) return NotOfThisList();

  // From here on it is our own writing.
  domain::UserPosition last;
  if (!filter.email_prefix.empty()) {
    last.canonical_email = position;
    return last;
  }
  const absl::string_view view = position;
  int64_t micros = 0;
  const auto id = view.size() == kTimeDigits + kIdBytes
                      ? base::UserId::FromBytes(view.substr(kTimeDigits))
                      : std::nullopt;
  if (!id || !absl::SimpleAtoi(view.substr(0, kTimeDigits), &micros)) return NotOfThisList();
  last.created_at = absl::FromUnixMicros(micros);
  last.id = *id;
  return last;
}

std::string UserPageTokens::EncodeExport(base::UserId user, int64_t skip) const {
  return tokens_.Encode(ExportOf(user), absl::StrCat(skip));
}

absl::StatusOr<int64_t> UserPageTokens::DecodeExport(absl::string_view token,
                                                     base::UserId user) const {
  SIGNET_ASSIGN_OR_RETURN(const std::string position, tokens_.Decode(token, ExportOf(user)));
  int64_t skip = 0;
  if (!absl::SimpleAtoi(position, &skip)) return NotOfThisList();
  return skip;
}

}  // namespace signet::rpc
