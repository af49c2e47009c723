#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::domain {

// An e-mail address as a login name.
struct Email {
  std::string display;    // NFKC, as the person spelled it otherwise
  std::string canonical;  // NFKC, case-folded, domain in its ASCII (IDNA 2008) form: the unique key
};

// FieldError(field, …) for anything that is not one `local@domain` of 3 to 254 bytes: invalid
// UTF-8, control characters, blanks, no or several '@', an invalid domain. Look-alike spellings
// (full-width letters, case, composed or decomposed accents, IDN or punycode domain) come out with
// one canonical form.
absl::StatusOr<Email> ParseEmail(absl::string_view field, absl::string_view typed);

// What canonical addresses begin with that begin with `typed`, for look-ups: NFKC and case-folded,
// at most 254 bytes. FieldError(field, …) for invalid UTF-8 and blank or invisible characters. A
// domain in it is compared as it is typed: write the ASCII form of an internationalised one.
absl::StatusOr<std::string> CanonicalEmailPrefix(absl::string_view field, absl::string_view typed);

}  // namespace signet::domain
