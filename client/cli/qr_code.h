#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::cli {

// Pictures of a text as a QR code (ISO/IEC 18004, error correction M) with its quiet zone, made
// here and by nobody's web service: the text holds a secret. INVALID_ARGUMENT, reason USAGE: too
// long for one code.

// Two rows of modules per line, in half blocks, dark on light whatever the terminal's colours.
absl::StatusOr<std::string> QrTerminal(absl::string_view text);
absl::StatusOr<std::string> QrSvg(absl::string_view text);
absl::StatusOr<std::string> QrPng(absl::string_view text);  // 8 pixels per module, grey

}  // namespace signet::cli
