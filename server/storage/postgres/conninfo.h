#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::storage {

// A libpq connection string, taken apart so that settings can be added without string surgery.
// https://www.postgresql.org/docs/15/libpq-connect.html#LIBPQ-CONNSTRING
class Conninfo {
 public:
  // "host=/run/postgresql dbname=signet" or "postgresql://…". INVALID_ARGUMENT for anything libpq
  // cannot read; the message never repeats the string, which may hold a password.
  static absl::StatusOr<Conninfo> Parse(absl::string_view text);

  // Sets `key` unless the string sets it already: what an operator wrote wins.
  Conninfo& Default(absl::string_view key, absl::string_view value);
  // Sets `key`, whatever was there.
  Conninfo& Set(absl::string_view key, absl::string_view value);
  // Adds a server setting to those of the string. An operator's own setting of it wins.
  Conninfo& DefaultSetting(absl::string_view name, absl::string_view value);

  // Where the string names several hosts: only the one that can be written to is taken, unless the
  // string says otherwise. Without it the first that answers is, which may be a standby.
  Conninfo& DefaultToPrimary();

  // The keyword form. Holds the password, if there is one: never log it.
  std::string ToString() const;

 private:
  std::string* Find(absl::string_view key);

  std::vector<std::pair<std::string, std::string>> values_;
};

}  // namespace signet::storage
