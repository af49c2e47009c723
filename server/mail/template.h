#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::mail {

// Values by name.
using Values = std::map<std::string, std::string, std::less<>>;

// A text with {{name}} where values go, and nothing else: no conditions, no code, no file access,
// so that whoever may edit a template can at most write a wrong text. Immutable, thread-safe.
class Template {
 public:
  enum class Escape {
    kNone,  // plain text
    kHtml,  // & < > " ' of every value; safe in text and in quoted attributes
  };

  // INVALID_ARGUMENT, with the line, for a {{ without }}, and for a name that is not in `names`: a
  // mistyped one is found at start and not by the person who gets the mail.
  static absl::StatusOr<Template> Parse(absl::string_view text,
                                        const std::vector<std::string>& names, Escape escape);

  // A value that is not there is empty. Control characters of values are left out, line feeds too.
  std::string Render(const Values& values) const;

  bool Uses(absl::string_view name) const;

 private:
  struct Piece {
    std::string literal;
    std::string name;  // of the value after it; empty: none
  };
  Template(std::vector<Piece> pieces, Escape escape)
      : pieces_(std::move(pieces)), escape_(escape) {}

  std::vector<Piece> pieces_;
  Escape escape_;
};

// For HTML text and quoted attributes.
std::string EscapeHtml(absl::string_view text);

}  // namespace signet::mail
