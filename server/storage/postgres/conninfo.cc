#include "server/storage/postgres/conninfo.h"

#include <memory>

#include <libpq-fe.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"

namespace signet::storage {

absl::StatusOr<Conninfo> Conninfo::Parse(absl::string_view text) {
  char* raw_error = nullptr;
  const std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> options(
      PQconninfoParse(std::string(text).c_str(), &raw_error), &PQconninfoFree);
  const std::unique_ptr<char, decltype(&PQfreemem)> error(raw_error, &PQfreemem);
  if (options == nullptr) {
    return base::FieldError("database.url", "is not a libpq connection string");
  }
  Conninfo parsed;
  for (const PQconninfoOption* option = options.get(); option->keyword != nullptr; ++option) {
    if (option->val != nullptr) parsed.values_.emplace_back(option->keyword, option->val);
  }
  return parsed;
}

std::string* Conninfo::Find(absl::string_view key) {
  for (auto& [name, value] : values_) {
    if (name == key) return &value;
  }
  return nullptr;
}

Conninfo& Conninfo::Default(absl::string_view key, absl::string_view value) {
  if (Find(key) == nullptr) values_.emplace_back(key, value);
  return *this;
}

Conninfo& Conninfo::Set(absl::string_view key, absl::string_view value) {
  if (std::string* old = Find(key)) {
    old->assign(value.data(), value.size());
  } else {
    values_.emplace_back(key, value);
  }
  return *this;
}

Conninfo& Conninfo::DefaultSetting(absl::string_view name, absl::string_view value) {
  std::string* options = Find("options");
  if (options == nullptr) options = &values_.emplace_back("options", "").second;
  // Of two settings of one name the later one holds, so ours stands before the operator's.
  *options = absl::StrCat("-c ", name, "=", value, " ", *options);
  return *this;
}

Conninfo& Conninfo::DefaultToPrimary() {
  for (const absl::string_view key : {"host", "hostaddr"}) {
    const std::string* hosts = Find(key);
    if (hosts != nullptr && absl::StrContains(*hosts, ',')) {
      Default("target_session_attrs", "read-write");
    }
  }
  return *this;
}

std::string Conninfo::ToString() const {
  std::string text;
  for (const auto& [name, value] : values_) {
    absl::StrAppend(&text, name, "='");
    for (const char c : value) {
      if (c == '\'' || c == '\\') text.push_back('\\');
      text.push_back(c);
    }
    text.append("' ");
  }
  return text;
}

}  // namespace signet::storage
