#include "client/token/json.h"

#include <algorithm>
#include <cstring>
#include <vector>

namespace signet::token {
namespace {

using simdjson::dom::element;
using simdjson::dom::element_type;

// Looks at a parsed text once more for what simdjson lets pass.
class StrictWalk {
 public:
  // `has_escapes`: only an escape can spell a lone surrogate, which simdjson turns into three bytes
  // that are no UTF-8.
  explicit StrictWalk(bool has_escapes) : has_escapes_(has_escapes) {}

  bool Accepts(simdjson::dom::object object, size_t depth) {
    if (depth > JsonReader::kMaxDepth) return false;
    const size_t first = names_.size();
    for (const auto member : object) {
      if (!AcceptsText(member.key) || !Accepts(member.value, depth + 1)) return false;
      names_.push_back(member.key);
    }
    const bool unique = AllDifferent(first);
    names_.resize(first);
    return unique;
  }

 private:
  static constexpr size_t kFew = 12;

  bool Accepts(const element& value, size_t depth) {
    switch (value.type()) {
      case element_type::OBJECT:
        return Accepts(simdjson::dom::object(value), depth);
      case element_type::ARRAY:
        return AcceptsArray(simdjson::dom::array(value), depth);
      case element_type::STRING:
        return AcceptsText(std::string_view(value));
      default:
        return true;
    }
  }

  bool AcceptsArray(simdjson::dom::array array, size_t depth) {
    if (depth > JsonReader::kMaxDepth) return false;
    for (const element value : array) {
      if (!Accepts(value, depth + 1)) return false;
    }
    return true;
  }

  bool AcceptsText(std::string_view text) const {
    return !has_escapes_ || simdjson::validate_utf8(text.data(), text.size());
  }

  // Comparing all pairs is quickest for few and a gift to an attacker for many.
  bool AllDifferent(size_t first) {
    const auto begin = names_.begin() + static_cast<std::ptrdiff_t>(first);
    if (names_.size() - first > kFew) {
      std::sort(begin, names_.end());
      return std::adjacent_find(begin, names_.end()) == names_.end();
    }
    for (auto name = begin; name != names_.end(); ++name) {
      if (std::find(begin, name, *name) != name) return false;
    }
    return true;
  }

  const bool has_escapes_;
  // Names of the open objects, innermost last. A member's own object has taken its names off again
  // before the member's name is put on.
  std::vector<std::string_view> names_;
};

}  // namespace

std::optional<simdjson::dom::object> JsonReader::ReadObject(absl::string_view text) {
  if (padded_.size() < text.size() + simdjson::SIMDJSON_PADDING) {
    padded_.resize(text.size() + simdjson::SIMDJSON_PADDING);
  }
  std::memcpy(padded_.data(), text.data(), text.size());
  std::memset(padded_.data() + text.size(), 0, simdjson::SIMDJSON_PADDING);
  element top;
  if (parser_.parse(padded_.data(), text.size(), /*realloc_if_needed=*/false).get(top)) {
    return std::nullopt;
  }
  simdjson::dom::object object;
  if (top.get(object)) return std::nullopt;
  const bool has_escapes = text.find('\\') != absl::string_view::npos;
  if (!StrictWalk(has_escapes).Accepts(object, 1)) return std::nullopt;
  return object;
}

std::optional<absl::string_view> JsonString(const element& value) {
  std::string_view text;
  if (value.get(text)) return std::nullopt;
  return ToAbsl(text);
}

void AppendJsonString(absl::string_view text, std::string& out) {
  static constexpr char kHex[] = "0123456789abcdef";
  out.push_back('"');
  size_t plain = 0;  // start of what needs no escape, copied in one piece
  for (size_t i = 0; i < text.size(); ++i) {
    const auto c = static_cast<unsigned char>(text[i]);
    if (c >= 0x20 && c != '"' && c != '\\') continue;
    out.append(text.data() + plain, i - plain);
    plain = i + 1;
    if (c == '"' || c == '\\') {
      out.push_back('\\');
      out.push_back(static_cast<char>(c));
    } else {
      out.append("\\u00");
      out.push_back(kHex[c >> 4]);
      out.push_back(kHex[c & 15]);
    }
  }
  out.append(text.data() + plain, text.size() - plain);
  out.push_back('"');
}

}  // namespace signet::token
