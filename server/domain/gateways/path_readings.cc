#include "server/domain/gateways/path_readings.h"

#include <algorithm>
#include <optional>

#include "absl/strings/match.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"

namespace signet::domain {
namespace {

bool IsVisible(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7f; });
}

// What every server reads as it stands.
bool IsPlain(absl::string_view path) {
  if (path.find_first_of("%\\;?#") != path.npos || absl::StrContains(path, "//")) return false;
  for (size_t at = 0; (at = path.find("/.", at)) != path.npos; ++at) {
    const absl::string_view rest = path.substr(at + 2);
    const absl::string_view after = absl::StartsWith(rest, ".") ? rest.substr(1) : rest;
    if (after.empty() || after.front() == '/') return false;
  }
  return true;
}

int HexValue(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

enum class Separators { kDecoded, kKept };

// Undoes percent escapes once. Nothing where one is broken or stands for a control character;
// where `broken_is_text`, a broken one stays as it is.
std::optional<std::string> Decode(absl::string_view path, Separators separators,
                                  bool broken_is_text) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    if (path[i] != '%') {
      out.push_back(path[i]);
      continue;
    }
    const int high = i + 2 < path.size() ? HexValue(path[i + 1]) : -1;
    const int low = i + 2 < path.size() ? HexValue(path[i + 2]) : -1;
    if (high < 0 || low < 0) {
      if (!broken_is_text) return std::nullopt;
      out.push_back('%');
      continue;
    }
    const char c = static_cast<char>(high * 16 + low);
    if (separators == Separators::kKept && (c == '/' || c == '\\')) {
      out.append(path.substr(i, 3).data(), 3);
    } else if ((c >= 0 && c < ' ') || c == 0x7f) {
      return std::nullopt;
    } else {
      out.push_back(c);
    }
    i += 2;
  }
  return out;
}

enum class Slashes { kMerged, kKept };

// RFC 3986 section 5.2.4, on segments.
std::string ResolveDots(absl::string_view path, Slashes slashes) {
  std::vector<absl::string_view> kept;
  const std::vector<absl::string_view> segments = absl::StrSplit(path.substr(1), '/');
  for (size_t i = 0; i < segments.size(); ++i) {
    const bool last = i + 1 == segments.size();
    const absl::string_view segment = segments[i];
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
      if (last) kept.push_back("");
    } else if (segment == ".") {
      if (last) kept.push_back("");
    } else if (!segment.empty() || last || slashes == Slashes::kKept) {
      kept.push_back(segment);
    }
  }
  return "/" + absl::StrJoin(kept, "/");
}

std::string CutParameters(absl::string_view path) {
  std::vector<absl::string_view> segments = absl::StrSplit(path, '/');
  for (absl::string_view& segment : segments) segment = segment.substr(0, segment.find(';'));
  return absl::StrJoin(segments, "/");
}

class Readings {
 public:
  void Add(std::string reading) {
    if (std::find(all_.begin(), all_.end(), reading) == all_.end()) {
      all_.push_back(std::move(reading));
    }
  }
  // Everything that is made of a path once its escapes are settled.
  void AddForms(const std::string& path) {
    for (const std::string& slashed : {path, absl::StrReplaceAll(path, {{"\\", "/"}})}) {
      for (const std::string& cut :
           {slashed, CutParameters(slashed), slashed.substr(0, slashed.find_first_of("?#"))}) {
        Add(cut);
        Add(ResolveDots(cut, Slashes::kMerged));
        Add(ResolveDots(cut, Slashes::kKept));
      }
    }
  }
  std::vector<std::string> Take() { return std::move(all_); }

 private:
  std::vector<std::string> all_;
};

}  // namespace

std::vector<std::string> ReadingsOf(absl::string_view path) {
  if (!absl::StartsWith(path, "/") || absl::StartsWith(path, "//") || !IsVisible(path) ||
      absl::StrContains(path, "#")) {
    return {};
  }
  if (IsPlain(path)) return {std::string(path)};
  const auto kept = Decode(path, Separators::kKept, /*broken_is_text=*/false);
  const auto once = Decode(path, Separators::kDecoded, /*broken_is_text=*/false);
  if (!kept || !once) return {};
  // A percent sign may be meant: "/100%25" is broken only to those who decode twice.
  const auto twice = Decode(*once, Separators::kDecoded, /*broken_is_text=*/true);
  if (!twice) return {};
  Readings readings;
  readings.Add(std::string(path));
  for (const std::string& settled : {std::string(path), *kept, *once, *twice}) {
    readings.AddForms(settled);
  }
  return readings.Take();
}

}  // namespace signet::domain
