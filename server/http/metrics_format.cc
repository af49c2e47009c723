#include "server/http/metrics_format.h"

#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::http {
namespace {

struct Range {
  std::string type;                    // "text/plain", in lower case
  std::optional<std::string> version;  // its parameter, unquoted
  int quality = 1000;                  // thousandths
};

// At every `at` that stands in no quoted string, which may hold any (RFC 9110 section 5.6.4).
std::vector<absl::string_view> SplitUnquoted(absl::string_view text, char at) {
  std::vector<absl::string_view> parts;
  bool quoted = false;
  size_t begin = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (quoted && text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = !quoted;
    } else if (text[i] == at && !quoted) {
      parts.push_back(text.substr(begin, i - begin));
      begin = i + 1;
    }
  }
  parts.push_back(text.substr(begin));
  return parts;
}

std::string Unquoted(absl::string_view value) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') return std::string(value);
  std::string plain;
  for (size_t i = 1; i + 1 < value.size(); ++i) {
    if (value[i] == '\\' && i + 2 < value.size()) ++i;
    plain += value[i];
  }
  return plain;
}

// A qvalue, RFC 9110 section 12.4.2, in thousandths.
std::optional<int> QualityOf(absl::string_view text) {
  const bool one = absl::StartsWith(text, "1");
  if (!one && !absl::StartsWith(text, "0")) return std::nullopt;
  text.remove_prefix(1);
  if (text.empty()) return one ? 1000 : 0;
  if (text[0] != '.' || text.size() > 4) return std::nullopt;
  int thousandths = 0;
  for (size_t i = 1; i < 4; ++i) {
    const char digit = i < text.size() ? text[i] : '0';
    if (!absl::ascii_isdigit(static_cast<unsigned char>(digit))) return std::nullopt;
    thousandths = thousandths * 10 + (digit - '0');
  }
  if (one) return thousandths == 0 ? std::optional<int>(1000) : std::nullopt;
  return thousandths;
}

std::optional<Range> RangeOf(absl::string_view text) {
  const auto parts = SplitUnquoted(text, ';');
  Range range;
  range.type = absl::AsciiStrToLower(absl::StripAsciiWhitespace(parts[0]));
  for (size_t i = 1; i < parts.size(); ++i) {
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(parts[i], absl::MaxSplits('=', 1));
    const absl::string_view name = absl::StripAsciiWhitespace(halves.first);
    const absl::string_view value = absl::StripAsciiWhitespace(halves.second);
    if (absl::EqualsIgnoreCase(name, "version")) range.version = Unquoted(value);
    if (!absl::EqualsIgnoreCase(name, "q")) continue;
    const auto quality = QualityOf(value);
    if (!quality) return std::nullopt;
    range.quality = *quality;
  }
  return range;
}

// How much a type of one version is wanted: what the range says that names it most closely.
class Wish {
 public:
  Wish(absl::string_view type, absl::string_view version) : type_(type), version_(version) {}

  void Hear(const Range& range) {
    if (range.version && *range.version != version_) return;
    if (range.type == type_) {
      Take(range.version ? 4 : 3, range.quality);
    } else if (range.type == absl::StrCat(type_.substr(0, type_.find('/')), "/*")) {
      Take(2, range.quality);
    } else if (range.type == "*/*") {
      Take(1, range.quality);
    }
  }

  bool named() const { return said_.first >= 3; }
  int quality() const { return said_.second; }

 private:
  void Take(int closeness, int quality) { said_ = std::max(said_, {closeness, quality}); }

  const absl::string_view type_;
  const absl::string_view version_;
  std::pair<int, int> said_ = {0, 0};  // how closely, quality
};

}  // namespace

bool AsksForOpenMetrics(const std::vector<absl::string_view>& accept) {
  Wish open_metrics("application/openmetrics-text", "1.0.0");
  Wish text("text/plain", "0.0.4");
  for (const absl::string_view field : accept) {
    for (const absl::string_view element : SplitUnquoted(field, ',')) {
      const auto range = RangeOf(element);
      if (!range) continue;
      open_metrics.Hear(*range);
      text.Hear(*range);
    }
  }
  return open_metrics.named() && open_metrics.quality() > 0 &&
         open_metrics.quality() >= text.quality();
}

}  // namespace signet::http
