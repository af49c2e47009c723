#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::signing {

// Names of signing keys: the month of `now` in UTC and the key's letter in it, "2026-11-a" … "-z",
// then "-aa", "-ab", … Readable in a log, and a name never comes back, because stored ones stay.

// The name after every one in `taken` that is of the same month; others are ignored.
std::string NextKeyId(const std::vector<std::string>& taken, absl::Time now);

// The letters' place, 1 for "a", 26 for "z", 27 for "aa"; nothing for what is not 1 to 4 lower-case
// letters.
std::optional<int> KeyLettersPlace(absl::string_view letters);
std::string KeyLettersAt(int place);

}  // namespace signet::signing
