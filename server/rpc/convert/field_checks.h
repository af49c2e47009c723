#pragma once

#include <cstddef>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/ids.h"
#include "client/base/secret.h"
#include "google/protobuf/repeated_field.h"

namespace signet::rpc {

// The forms that fields may have. Each answers OK or FIELD_INVALID naming `field`, in proto
// spelling, and the limit that was missed; never the value.

// Limits that fields of several requests share: bytes, and rows of a page.
inline constexpr size_t kMinEmail = 3;
inline constexpr size_t kMaxEmail = 254;  // RFC 5321 section 4.5.3.1.3, without the brackets
inline constexpr size_t kMaxPassword = 1024;
inline constexpr size_t kMaxAudience = 256;
inline constexpr size_t kMaxDescription = 256;
inline constexpr int kDefaultPage = 50;
inline constexpr int kMaxPage = 1000;

// Valid UTF-8 of `min` to `max` bytes. A `min` of 1 or more says "required".
absl::Status CheckText(absl::string_view field, absl::string_view value, size_t min, size_t max);

// The same, of characters that are seen or are a blank: no controls, which move a terminal's
// cursor.
absl::Status CheckPrintable(absl::string_view field, absl::string_view value, size_t min,
                            size_t max);

// `min` to `max` characters from '!' to '~'.
absl::Status CheckVisibleAscii(absl::string_view field, absl::string_view value, size_t min,
                               size_t max);

// At most 32 scopes, each 1 to 64 visible ASCII characters without quote and backslash (RFC 6749
// section 3.3).
absl::Status CheckScopes(absl::string_view field,
                         const google::protobuf::RepeatedPtrField<std::string>& scopes);

// Whether `c` may stand in the name of a role or a service account.
inline bool IsNameCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
}

// The `page_size` of a list: 1 to kMaxPage, and `unset` where it is 0.
absl::StatusOr<int> ToPageSize(int32_t page_size, int unset = kDefaultPage);

// The password in `value`, which is taken away from there.
absl::StatusOr<base::Secret> TakePassword(absl::string_view field, std::string& value);

// A UUID in canonical form.
template <typename Id>
absl::StatusOr<Id> ParseId(absl::string_view field, absl::string_view value) {
  if (value.empty()) return base::FieldError(field, "is required");
  const auto id = Id::FromString(value);
  if (!id) return base::FieldError(field, "is not a UUID in canonical form");
  return *id;
}

}  // namespace signet::rpc
