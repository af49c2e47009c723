#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace signet::console {

// HTML that is being written. What is markup stands in the source as a literal, or was made as a
// Markup; every other text goes through Text(), which escapes it: there is no way by which a string
// becomes markup.
class Markup {
 public:
  Markup() = default;

  // A literal of the source. Of the type that only literals have.
  template <size_t N>
  Markup& Raw(const char (&literal)[N]) {
    html_.append(literal, N - 1);
    return *this;
  }
  // Any text, wherever it comes from, as content or as the value of an attribute in double quotes:
  // & < > " ' are escaped, control characters and what is not UTF-8 become U+FFFD.
  Markup& Text(absl::string_view text);
  Markup& Add(const Markup& other) {
    html_ += other.html_;
    return *this;
  }

  const std::string& html() const { return html_; }
  std::string Take() && { return std::move(html_); }

 private:
  std::string html_;
};

// Whether it is UTF-8 (RFC 3629) without control characters: what Text() shows as it is.
bool IsPlainText(absl::string_view text);

}  // namespace signet::console
