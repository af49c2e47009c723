#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace signet::audit {

// A SHA-256 hash, 32 bytes.
using Hash = std::string;

// RFC 9162 section 2.1.1: the first byte tells a leaf from a node, so that no node can be passed
// off as an event.
Hash LeafHash(absl::string_view content);                        // SHA-256(0x00 || content)
Hash NodeHash(absl::string_view left, absl::string_view right);  // SHA-256(0x01 || left || right)

}  // namespace signet::audit
