#include "server/signing/key_id.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace signet::signing {

std::optional<int> KeyLettersPlace(absl::string_view letters) {
  if (letters.empty() || letters.size() > 4) return std::nullopt;
  int place = 0;
  for (const char c : letters) {
    if (!absl::ascii_islower(static_cast<unsigned char>(c))) return std::nullopt;
    place = place * 26 + (c - 'a' + 1);
  }
  return place;
}

std::string KeyLettersAt(int place) {
  std::string letters;
  for (; place > 0; place = (place - 1) / 26) {
    letters.insert(letters.begin(), static_cast<char>('a' + (place - 1) % 26));
  }
  return letters;
}

std::string NextKeyId(const std::vector<std::string>& taken, absl::Time now) {
  const std::string month = absl::FormatTime("%Y-%m-", now, absl::UTCTimeZone());
  int last = 0;
  for (absl::string_view kid : taken) {
    if (!absl::ConsumePrefix(&kid, month)) continue;
    last = std::max(last, KeyLettersPlace(kid).value_or(0));
  }
  return absl::StrCat(month, KeyLettersAt(last + 1));
}

}  // namespace signet::signing
