#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"

namespace signet::storage {

// One statement of the service: fixed text with $1, $2, … for values, prepared once on each
// connection. Values never become part of the text, so the text is a literal.
struct Statement {
  const char* name;  // unique; in metrics and in pg_prepared_statements
  const char* sql;
};

// Bytes bound as bytea.
struct Bytea {
  absl::string_view bytes;
};

// The values of one execution, in order; text form of the wire protocol.
class Params {
 public:
  Params& Add(absl::string_view text);
  Params& Add(const char* text) { return Add(absl::string_view(text)); }
  Params& Add(Bytea bytes);
  Params& Add(int64_t number);
  Params& Add(int32_t number) { return Add(int64_t{number}); }
  // Whole microseconds, rounded down: what timestamptz holds. Infinities are kept.
  Params& Add(absl::Time time);
  Params& Add(const base::Uuid& id) { return Add(id.ToString()); }
  template <typename Tag>
  Params& Add(const base::Id<Tag>& id) {
    return Add(id.uuid());
  }
  Params& AddArray(const std::vector<std::string>& texts);
  Params& AddNull();
  template <typename T>
  Params& Add(const std::optional<T>& value) {
    return value ? Add(*value) : AddNull();
  }

  // False once a text held a NUL byte: the wire would cut the value there, so that "admin\0x"
  // would be looked up as "admin".
  bool valid() const { return valid_; }
  const std::vector<std::optional<std::string>>& values() const { return values_; }

 private:
  Params& Push(std::string value);

  std::vector<std::optional<std::string>> values_;
  bool valid_ = true;
};

// One array parameter, built element by element.
class ArrayText {
 public:
  void Append(absl::string_view element);
  void Append(Bytea element);
  void Append(absl::Time element);
  void Append(int64_t element);
  void Append(const base::Uuid& element);
  void AppendNull();
  // The literal; the array is empty again.
  std::string Take();

 private:
  std::string text_ = "{";
};

// The text forms that PostgreSQL reads.
std::string TimestampText(absl::Time time);
std::string ByteaText(absl::string_view bytes);

}  // namespace signet::storage
