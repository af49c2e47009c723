#pragma once

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::connect {

// What `packed`, one gzip member (RFC 1952) and nothing else, unpacks to. FIELD_INVALID for
// anything else, and for more than `most` bytes: a kilobyte may unpack to a megabyte, so it is
// stopped there.
absl::StatusOr<std::string> Gunzip(absl::string_view packed, size_t most);

std::string Gzip(absl::string_view bytes);

}  // namespace signet::connect
