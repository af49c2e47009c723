#include "server/mail/template.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace signet::mail {
namespace {

int64_t LineOf(absl::string_view text, size_t at) {
  return 1 + std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(at), '\n');
}

}  // namespace

std::string EscapeHtml(absl::string_view text) {
  std::string out;
  out.reserve(text.size());
  for (const char c : text) {
    switch (c) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out.push_back(c);
    }
  }
  return out;
}

absl::StatusOr<Template> Template::Parse(absl::string_view text,
                                         const std::vector<std::string>& names, Escape escape) {
  std::vector<Piece> pieces;
  size_t at = 0;
  while (true) {
    const size_t open = text.find("{{", at);
    if (open == text.npos) break;
    const size_t close = text.find("}}", open);
    if (close == text.npos) {
      return absl::InvalidArgumentError(
          absl::StrCat("line ", LineOf(text, open), ": {{ without }}"));
    }
    std::string name(absl::StripAsciiWhitespace(text.substr(open + 2, close - open - 2)));
    if (std::find(names.begin(), names.end(), name) == names.end()) {
      return absl::InvalidArgumentError(absl::StrCat("line ", LineOf(text, open),
                                                     ": there is no {{", name, "}} here, only ",
                                                     absl::StrJoin(names, ", ")));
    }
    pieces.push_back({std::string(text.substr(at, open - at)), std::move(name)});
    at = close + 2;
  }
  pieces.push_back({std::string(text.substr(at)), ""});
  return Template(std::move(pieces), escape);
}

std::string Template::Render(const Values& values) const {
  std::string out;
  for (const Piece& piece : pieces_) {
    out += piece.literal;
    const auto found = piece.name.empty() ? values.end() : values.find(piece.name);
    if (found == values.end()) continue;
    std::string value = found->second;
    // A line feed in a device's name would write lines of its own into a text mail.
    std::erase_if(value, [](char c) { return absl::ascii_iscntrl(static_cast<unsigned char>(c)); });
    out += escape_ == Escape::kHtml ? EscapeHtml(value) : value;
  }
  return out;
}

bool Template::Uses(absl::string_view name) const {
  return std::any_of(pieces_.begin(), pieces_.end(),
                     [&](const Piece& piece) { return piece.name == name; });
}

}  // namespace signet::mail
