#include "server/rpc/convert/field_checks.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "simdjson.h"

namespace signet::rpc {
namespace {

constexpr int kMaxScopes = 32;
constexpr size_t kMaxScope = 64;

absl::Status CheckLength(absl::string_view field, absl::string_view value, size_t min, size_t max) {
  if (value.empty() && min > 0) return base::FieldError(field, "is required");
  if (value.size() < min) {
    return base::FieldError(field, absl::StrCat("is shorter than ", min, " bytes"));
  }
  if (value.size() > max) {
    return base::FieldError(field, absl::StrCat("is longer than ", max, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckText(absl::string_view field, absl::string_view value, size_t min, size_t max) {
  SIGNET_RETURN_IF_ERROR(CheckLength(field, value, min, max));
  if (!simdjson::validate_utf8(value.data(), value.size()))
    return base::FieldError(field, "is not valid UTF-8");
  return absl::OkStatus();
}

absl::Status CheckPrintable(absl::string_view field, absl::string_view value, size_t min,
                            size_t max) {
  SIGNET_RETURN_IF_ERROR(CheckText(field, value, min, max));
  for (size_t i = 0; i < value.size(); ++i) {
    const auto byte = static_cast<unsigned char>(value[i]);
    const bool c1 = byte == 0xC2 && static_cast<unsigned char>(value[i + 1]) < 0xA0;
    if (byte < 0x20 || byte == 0x7F || c1) {
      return base::FieldError(field, "has a control character");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckScopes(absl::string_view field,
                         const google::protobuf::RepeatedPtrField<std::string>& scopes) {
  if (scopes.size() > kMaxScopes) {
    return base::FieldError(field, absl::StrCat("has more than ", kMaxScopes, " values"));
  }
  for (int i = 0; i < scopes.size(); ++i) {
    const std::string element = absl::StrCat(field, "[", i, "]");
    SIGNET_RETURN_IF_ERROR(CheckVisibleAscii(element, scopes[i], 1, kMaxScope));
    if (scopes[i].find_first_of("\"\\") != std::string::npos) {
      return base::FieldError(element, "has a quote or a backslash");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckVisibleAscii(absl::string_view field, absl::string_view value, size_t min,
                               size_t max) {
  SIGNET_RETURN_IF_ERROR(CheckLength(field, value, min, max));
  const bool visible =
      std::all_of(value.begin(), value.end(), [](char c) { return c > 0x20 && c < 0x7f; });
  if (!visible) return base::FieldError(field, "has characters other than visible ASCII");
  return absl::OkStatus();
}

absl::StatusOr<int> ToPageSize(int32_t page_size, int unset) {
  if (page_size < 0 || page_size > kMaxPage) {
    return base::FieldError("page_size", absl::StrCat("is not in 0 to ", kMaxPage));
  }
  return page_size == 0 ? unset : page_size;
}

absl::StatusOr<base::Secret> TakePassword(absl::string_view field, std::string& value) {
  base::Secret password(std::move(value));
  SIGNET_RETURN_IF_ERROR(CheckText(field, password.reveal(), 1, kMaxPassword));
  return password;
}

}  // namespace signet::rpc
