#include "server/config/key.h"

#include <algorithm>
#include <filesystem>
#include <numeric>

#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "server/config/quantity.h"

namespace signet::config {
namespace {

template <typename... F>
struct Cases : F... {
  using F::operator()...;
};
template <typename... F>
Cases(F...) -> Cases<F...>;

using Refusal = std::optional<std::string>;

// Levenshtein's distance, one row at a time.
size_t EditDistance(absl::string_view a, absl::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const size_t substituted = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({row[j] + 1, row[j - 1] + 1, substituted});
    }
  }
  return row[b.size()];
}

Refusal AssignText(const Text& kind, absl::string_view text, Settings& settings) {
  if (!kind.choices.empty() &&
      std::find(kind.choices.begin(), kind.choices.end(), text) == kind.choices.end()) {
    return absl::StrCat("is not one of ", absl::StrJoin(kind.choices, ", "));
  }
  for (const char c : text) {
    if (absl::ascii_iscntrl(static_cast<unsigned char>(c))) return "holds a control character";
  }
  kind.member(settings) = std::string(text);
  return std::nullopt;
}

Refusal AssignPath(const Path& kind, absl::string_view text, Settings& settings) {
  std::string path(text);
  const bool made_later = kind.use == Path::Use::kAppend && access(path.c_str(), F_OK) != 0;
  if (!path.empty() && made_later) {
    const std::string directory = std::filesystem::path(path).parent_path();
    if (access(directory.empty() ? "." : directory.c_str(), F_OK) != 0) {
      return "names a file in a directory that is not there";
    }
  } else if (!path.empty() && access(path.c_str(), R_OK) != 0) {
    return "names a file that cannot be read";
  }
  kind.member(settings) = std::move(path);
  return std::nullopt;
}

Refusal AssignFlag(const Flag& kind, absl::string_view text, Settings& settings) {
  if (text != "true" && text != "false") return "is neither true nor false";
  kind.member(settings) = text == "true";
  return std::nullopt;
}

// Shared by the three kinds that have limits.
template <typename K, typename V, typename Format>
Refusal AssignBounded(const K& kind, const std::optional<V>& value, absl::string_view form,
                      Format format, Settings& settings) {
  if (!value) return absl::StrCat("is not ", form);
  if (*value < kind.least || *value > kind.most) {
    return absl::StrCat("is outside ", format(kind.least), " to ", format(kind.most));
  }
  kind.member(settings) = *value;
  return std::nullopt;
}

std::string CountText(int64_t count) { return absl::StrCat(count); }

std::optional<int64_t> ReadCount(absl::string_view text) {
  int64_t value = 0;
  const bool digits = !text.empty() && text.find_first_not_of("0123456789") == text.npos;
  if (!digits || !absl::SimpleAtoi(text, &value)) return std::nullopt;
  return value;
}

}  // namespace

const Key* FindKey(absl::string_view path) {
  for (const Key& key : Keys()) {
    if (key.path == path) return &key;
  }
  return nullptr;
}

std::optional<std::string> NearestPath(absl::string_view mistyped) {
  std::optional<std::string> nearest;
  size_t least = mistyped.size() / 3 + 1;  // further away it is not a slip of the finger
  const auto consider = [&](std::string candidate) {
    const size_t distance = EditDistance(mistyped, candidate);
    if (distance >= least) return;
    least = distance;
    nearest = std::move(candidate);
  };
  for (const Key& key : Keys()) {
    if (!key.is_secret()) consider(std::string(key.path));
    if (key.is_secret()) consider(absl::StrCat(key.path, "_file"));
  }
  return nearest;
}

std::string EnvironmentName(absl::string_view path) {
  return absl::StrCat("SIGNET_", absl::AsciiStrToUpper(absl::StrReplaceAll(path, {{".", "_"}})));
}

std::string DescribeKind(const Key& key) {
  return std::visit(
      Cases{
          [](const Text& kind) {
            return kind.choices.empty() ? std::string("text") : absl::StrJoin(kind.choices, " | ");
          },
          [](const Path&) { return std::string("file"); },
          [](const Address&) { return std::string("host:port"); },
          [](const Flag&) { return std::string("true | false"); },
          [](const Count& kind) { return absl::StrCat("number, ", kind.least, " to ", kind.most); },
          [](const Size& kind) {
            return absl::StrCat("size, ", SizeText(kind.least), " to ", SizeText(kind.most));
          },
          [](const Duration& kind) {
            return absl::StrCat("duration, ", DurationText(kind.least), " to ",
                                DurationText(kind.most));
          },
          [](const SecretText&) { return std::string("secret"); }},
      key.kind);
}

std::optional<std::string> Assign(const Key& key, absl::string_view text, Settings& settings) {
  return std::visit(
      Cases{[&](const Text& kind) { return AssignText(kind, text, settings); },
            [&](const Path& kind) { return AssignPath(kind, text, settings); },
            [&](const Address& kind) -> Refusal {
              if (!ReadHostPort(text)) return "is not host:port";
              kind.member(settings) = std::string(text);
              return std::nullopt;
            },
            [&](const Flag& kind) { return AssignFlag(kind, text, settings); },
            [&](const Count& kind) {
              return AssignBounded(kind, ReadCount(text), "a whole number", CountText, settings);
            },
            [&](const Size& kind) {
              return AssignBounded(kind, ReadSize(text), "a size such as 512KiB or 64MiB", SizeText,
                                   settings);
            },
            [&](const Duration& kind) {
              return AssignBounded(kind, ReadDuration(text), "a duration such as 30s, 15m or 30d",
                                   DurationText, settings);
            },
            [&](const SecretText& kind) -> Refusal {
              kind.member(settings) = base::Secret(text);
              return std::nullopt;
            }},
      key.kind);
}

}  // namespace signet::config
