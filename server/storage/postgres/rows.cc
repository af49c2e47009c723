#include "server/storage/postgres/rows.h"

#include <cstdio>
#include <cstdlib>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/strip.h"
#include "server/storage/postgres/rows_data.h"

namespace signet::storage {
namespace {

template <typename T>
T Require(std::optional<T> value, const char* type) {
  if (value) return *std::move(value);
  std::fprintf(stderr, "storage: a column is not a %s: code and schema do not match\n", type);
  std::abort();
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
