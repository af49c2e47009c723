#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"

namespace signet::storage {

// What a statement returned; columns by position. Reading a column as something that its SQL type
// is not is an error of ours and ends the process: going on would hand out a wrong identity.
class Rows {
 public:
  struct Data;  // pqxx::result
  explicit Rows(std::shared_ptr<const Data> data) : data_(std::move(data)) {}

  int size() const;
  bool empty() const { return size() == 0; }
  int64_t affected() const;

  bool IsNull(int row, int column) const;
  // Valid while this object lives.
  absl::string_view Text(int row, int column) const;
  std::string String(int row, int column) const { return std::string(Text(row, column)); }
  int64_t Int64(int row, int column) const;
  int32_t Int32(int row, int column) const { return static_cast<int32_t>(Int64(row, column)); }
  bool Bool(int row, int column) const;
  std::string Bytes(int row, int column) const;
  absl::Time Time(int row, int column) const;
  std::optional<absl::Time> OptionalTime(int row, int column) const;
  std::vector<std::string> TextArray(int row, int column) const;
  base::Uuid Uuid(int row, int column) const;
  template <typename Id>
  Id As(int row, int column) const {
    return Id(Uuid(row, column));
  }
  // A smallint column holding a value of `Enum`; nothing for NULL.
  template <typename Enum>
  std::optional<Enum> OptionalEnum(int row, int column) const {
    if (IsNull(row, column)) return std::nullopt;
    return static_cast<Enum>(Int32(row, column));
  }

 private:
  std::shared_ptr<const Data> data_;
};

// The elements of a one-dimensional text[] literal as PostgreSQL prints it; nothing for anything
// else.
std::optional<std::vector<std::string>> ParseTextArray(absl::string_view literal);

// A timestamptz as PostgreSQL prints it with DateStyle ISO in UTC.
std::optional<absl::Time> ParseTimestamp(absl::string_view text);

}  // namespace signet::storage
