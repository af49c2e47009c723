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

// What a server may do to a path besides undoing escapes, in whatever order it does it.
std::string Slashed(absl::string_view path) { return absl::StrReplaceAll(path, {{"\\", "/"}}); }
std::string CutQuery(absl::string_view path) {
  return std::string(path.substr(0, path.find_first_of("?#")));
}
std::string ResolveMerged(absl::string_view path) { return ResolveDots(path, Slashes::kMerged); }
std::string ResolveKept(absl::string_view path) { return ResolveDots(path, Slashes::kKept); }
constexpr std::string (*kSteps[])(absl::string_view) = {Slashed, CutParameters, CutQuery,
                                                        ResolveMerged, ResolveKept};

// More than anybody means, and what bounds the work of one path.
constexpr size_t kMostPaths = 64;

class Readings {
 public:
  explicit Readings(absl::string_view path) : all_{std::string(path)} {}

  // Each step after each other, until nothing new comes.
  void Settle() {
    for (; settled_ < all_.size() && !too_many(); ++settled_) {
      for (const auto step : kSteps) Add(step(all_[settled_]));
    }
  }
  // Undoes the escapes of every reading so far. False: one of them stands for what nobody means.
  bool Undo(bool broken_is_text) {
    const size_t before = all_.size();
    for (size_t i = 0; i < before && !too_many(); ++i) {
      for (const Separators separators : {Separators::kKept, Separators::kDecoded}) {
        auto decoded = Decode(all_[i], separators, broken_is_text);
        if (!decoded) return false;
        Add(*std::move(decoded));
      }
    }
    return true;
  }
  bool too_many() const { return all_.size() > kMostPaths; }
  std::vector<std::string> Take() { return std::move(all_); }

 private:
  void Add(std::string reading) {
    if (std::find(all_.begin(), all_.end(), reading) == all_.end()) {
      all_.push_back(std::move(reading));
    }
  }

  std::vector<std::string> all_;
  size_t settled_ = 0;  // how many of them have been through every step
};

}  // namespace

std::vector<std::string> ReadingsOf(absl::string_view path) {
  if (path.size() > kLongestPath || !absl::StartsWith(path, "/") || absl::StartsWith(path, "//") ||
      !IsVisible(path) || absl::StrContains(path, "#")) {
    return {};
  }
  if (IsPlain(path)) return {std::string(path)};
  if (path.size() > kLongestOddPath) return {};
  Readings readings(path);
  readings.Settle();
  if (!readings.Undo(/*broken_is_text=*/false)) return {};
  readings.Settle();
  // A percent sign may be meant: "/100%25" is broken only to those who decode twice.
  if (!readings.Undo(/*broken_is_text=*/true)) return {};
  readings.Settle();
  if (readings.too_many()) return {};
  return readings.Take();
}

}  // namespace signet::domain
