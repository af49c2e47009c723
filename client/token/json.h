#pragma once

#include <optional>
#include <string>

#include <simdjson.h>

#include "absl/strings/string_view.h"

namespace signet::token {

// Reads JSON from strangers (RFC 8259), strictly. simdjson already refuses invalid UTF-8, trailing
// bytes and numbers that are none or integers over 64 bits; this adds what two parsers may read
// differently, which is how a checked value becomes another one later: duplicate members at any
// level, escapes of lone surrogates, nesting over 32 levels, and anything but an object at the top.
//
// Keeps its memory from one text to the next. Not thread-safe: one per thread.
class JsonReader {
 public:
  static constexpr size_t kMaxDepth = 32;

  // The object, valid until the next call; nothing where `text` is refused.
  std::optional<simdjson::dom::object> ReadObject(absl::string_view text);

 private:
  simdjson::dom::parser parser_;
  std::string padded_;
};

// simdjson speaks std::string_view, which is another type than absl's in some builds.
inline absl::string_view ToAbsl(std::string_view view) {
  return absl::string_view(view.data(), view.size());
}

// The string in `value`; nothing where it is of another type.
std::optional<absl::string_view> JsonString(const simdjson::dom::element& value);

// Appends `text` as a JSON string with its quotes. `text` is UTF-8.
void AppendJsonString(absl::string_view text, std::string& out);

}  // namespace signet::token
