#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::base {

// base64url without padding (RFC 4648 section 5, as RFC 7515 uses it).
std::string Base64UrlEncode(absl::string_view bytes);

// Appends the encoding of `bytes` to `out`.
void Base64UrlAppend(absl::string_view bytes, std::string& out);

// The bytes of a canonical encoding. Nothing where `text` has padding, blanks, a character outside
// the alphabet, an impossible length, or unused bits that are not zero (two spellings of one value
// would let a changed token pass as the same one).
std::optional<std::string> Base64UrlDecode(absl::string_view text);

// The same into a caller's buffer (which is resized, not reallocated when it is large enough).
bool Base64UrlDecode(absl::string_view text, std::string& out);

}  // namespace signet::base
