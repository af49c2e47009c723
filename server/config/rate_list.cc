#include "server/config/rate_list.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "server/config/quantity.h"

namespace signet::config {
namespace {

constexpr int64_t kMostTokens = 1'000'000;

std::optional<RateList::Rate> ReadRate(absl::string_view text) {
  const std::pair<absl::string_view, absl::string_view> parts =
      absl::StrSplit(text, absl::MaxSplits('/', 1));
  RateList::Rate rate;
  const auto period = ReadDuration(parts.second);
  if (!absl::SimpleAtoi(parts.first, &rate.tokens) || rate.tokens < 1 ||
      rate.tokens > kMostTokens || !period || *period < absl::Seconds(1) ||
      *period > absl::Hours(24)) {
    return std::nullopt;
  }
  rate.period = *period;
  return rate;
}

}  // namespace

std::optional<RateList> ReadRateList(absl::string_view text) {
  RateList list;
  if (text == "off") return list;
  for (const absl::string_view part : absl::StrSplit(text, ',')) {
    const std::vector<absl::string_view> words =
        absl::StrSplit(absl::StripAsciiWhitespace(part), ' ');
    if (words.size() != 2) return std::nullopt;
    const auto scope = std::find(RateList::kScopes.begin(), RateList::kScopes.end(), words[0]);
    const auto rate = ReadRate(words[1]);
    if (scope == RateList::kScopes.end() || !rate) return std::nullopt;
    RateList::Rate& place = list.rates[static_cast<size_t>(scope - RateList::kScopes.begin())];
    if (place.tokens != 0) return std::nullopt;
    place = *rate;
  }
  return list;
}

}  // namespace signet::config
