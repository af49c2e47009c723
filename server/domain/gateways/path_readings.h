#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::domain {

// Every path that a server may take `path` for (the target of a request, without its query). The
// gateway asks about what the client sent; the upstream behind it may decode escapes once, twice or
// not at all, take %2F or a backslash for a slash, merge slashes, resolve dot segments, and cut
// parameters (";x") off the segments, in any order: Tomcat cuts the parameters before it decodes.
// Whoever decides by one of these readings
// and guards an upstream that has another lets "/public/..%2Fadmin" pass: a decision must hold for
// all of them.
//
// The first is `path` itself, and almost always the only one. Empty for what is refused whatever
// the rules: no leading slash, two of them (an authority, to some), a fragment, a broken escape,
// control characters (escaped, too), blanks and bytes beyond ASCII; too many readings; and what is
// longer than this, of which nothing but the length is looked at.
constexpr size_t kLongestPath = 8192;     // bytes
constexpr size_t kLongestOddPath = 2048;  // of one that servers read differently
std::vector<std::string> ReadingsOf(absl::string_view path);

}  // namespace signet::domain
