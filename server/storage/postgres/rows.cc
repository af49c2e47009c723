#include "server/storage/postgres/rows.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "absl/time/civil_time.h"
#include "server/storage/postgres/rows_data.h"

namespace signet::storage {
namespace {

template <typename T>
T Require(std::optional<T> value, const char* type) {
  if (value) return *std::move(value);
  std::fprintf(stderr, "storage: a column is not a %s: code and schema do not match\n", type);
  std::abort();
}

// The number that `digits` are; -1 where one is none.
int64_t Digits(absl::string_view digits) {
  int64_t value = 0;
  for (const char c : digits) {
    if (c < '0' || c > '9') return -1;
    value = value * 10 + (c - '0');
  }
  return value;
}

// "2026-11-21 12:58:03" with up to six decimals, as nearly every timestamp is; nothing for any
// other form, years beyond 9999 among them, which absl::ParseTime then reads in twenty times as
// long.
std::optional<absl::Time> ParsePlainTimestamp(absl::string_view text) {
  constexpr size_t kSeconds = 19;
  if (text.size() < kSeconds || text.size() > kSeconds + 7 || text[4] != '-' || text[7] != '-' ||
      text[10] != ' ' || text[13] != ':' || text[16] != ':') {
    return std::nullopt;
  }
  int64_t micros = 0;
  if (text.size() > kSeconds) {
    const absl::string_view decimals = text.substr(kSeconds + 1);
    micros = text[kSeconds] == '.' && !decimals.empty() ? Digits(decimals) : -1;
    for (size_t i = decimals.size(); i < 6; ++i) micros *= 10;
  }
  const int64_t year = Digits(text.substr(0, 4));
  const int64_t month = Digits(text.substr(5, 2));
  const int64_t day = Digits(text.substr(8, 2));
  const int64_t hour = Digits(text.substr(11, 2));
  const int64_t minute = Digits(text.substr(14, 2));
  const int64_t second = Digits(text.substr(17, 2));
  const absl::CivilSecond civil(year, month, day, hour, minute, second);
  // Civil times carry what is too large over into the next field.
  if (micros < 0 || year < 0 || civil.year() != year || civil.month() != month ||
      civil.day() != day || civil.hour() != hour || civil.minute() != minute ||
      civil.second() != second) {
    return std::nullopt;
  }
  return absl::FromCivil(civil, absl::UTCTimeZone()) + absl::Microseconds(micros);
}

}  // namespace

int Rows::size() const { return static_cast<int>(data_->result.size()); }
int64_t Rows::affected() const { return static_cast<int64_t>(data_->result.affected_rows()); }

bool Rows::IsNull(int row, int column) const { return data_->result[row][column].is_null(); }

absl::string_view Rows::Text(int row, int column) const {
  const pqxx::field field = data_->result[row][column];
  return absl::string_view(field.c_str(), field.size());
}

int64_t Rows::Int64(int row, int column) const {
  int64_t value = 0;
  const bool read = absl::SimpleAtoi(Text(row, column), &value);
  return Require(read ? std::optional<int64_t>(value) : std::nullopt, "number");
}

bool Rows::Bool(int row, int column) const {
  const absl::string_view text = Text(row, column);
  return Require(text == "t" || text == "f" ? std::optional<bool>(text == "t") : std::nullopt,
                 "boolean");
}

std::string Rows::Bytes(int row, int column) const {
  absl::string_view text = Text(row, column);
  if (!absl::ConsumePrefix(&text, "\\x")) return Require<std::string>(std::nullopt, "bytea");
  return absl::HexStringToBytes(text);
}

absl::Time Rows::Time(int row, int column) const {
  return Require(ParseTimestamp(Text(row, column)), "timestamptz");
}

std::optional<absl::Time> Rows::OptionalTime(int row, int column) const {
  if (IsNull(row, column)) return std::nullopt;
  return Time(row, column);
}

std::vector<std::string> Rows::TextArray(int row, int column) const {
  return Require(ParseTextArray(Text(row, column)), "text[]");
}

base::Uuid Rows::Uuid(int row, int column) const {
  return Require(base::Uuid::FromString(Text(row, column)), "uuid");
}

std::optional<absl::Time> ParseTimestamp(absl::string_view text) {
  if (text == "infinity") return absl::InfiniteFuture();
  if (text == "-infinity") return absl::InfinitePast();
  // "2026-11-21 12:58:03.25+00"; the session's time zone is UTC.
  if (!absl::ConsumeSuffix(&text, "+00")) return std::nullopt;
  if (const auto plain = ParsePlainTimestamp(text)) return plain;
  absl::Time time;
  std::string error;
  if (!absl::ParseTime("%Y-%m-%d %H:%M:%E*S", text, absl::UTCTimeZone(), &time, &error)) {
    return std::nullopt;
  }
  return time;
}

std::optional<std::vector<std::string>> ParseTextArray(absl::string_view literal) {
  if (!absl::ConsumePrefix(&literal, "{") || !absl::ConsumeSuffix(&literal, "}")) {
    return std::nullopt;
  }
  std::vector<std::string> elements;
  if (literal.empty()) return elements;
  elements.emplace_back();
  bool quoted = false;
  for (size_t i = 0; i < literal.size(); ++i) {
    const char c = literal[i];
    if (c == '\\' && i + 1 < literal.size()) {
      elements.back().push_back(literal[++i]);
    } else if (c == '"') {
      quoted = !quoted;
    } else if (c == ',' && !quoted) {
      elements.emplace_back();
    } else {
      elements.back().push_back(c);
    }
  }
  if (quoted) return std::nullopt;
  return elements;
}

}  // namespace signet::storage
