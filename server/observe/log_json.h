#pragma once

#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::observe {

// Appends `text` as a JSON string (RFC 8259 section 7), quotes included. Control characters, quotes
// and backslashes are escaped, so that no input can end the string or the line; bytes that are not
// UTF-8 become U+FFFD. At most `max_bytes` of the input are used, never part of a character.
void AppendJsonString(absl::string_view text, size_t max_bytes, std::string& out);

// Appends "2026-11-21T13:05:29.123456Z".
void AppendTimestamp(absl::Time time, std::string& out);

}  // namespace signet::observe
