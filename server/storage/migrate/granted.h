#pragma once

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/storage/migrate/migration.h"

namespace signet::storage {

// What a role needs of the schema: what the migrations, run in their order, have granted to it and
// not taken back. Read from their text, so that no list of rights has to be kept beside them.
struct Granted {
  std::map<std::string, std::set<std::string>> tables;  // without the schema; "SELECT", "INSERT", …
  std::set<std::string> functions;                      // by name, whatever the arguments
};

// GRANT … ON signet.a, signet.b TO role; GRANT EXECUTE ON FUNCTION signet.f(…), … TO role; and
// REVOKE … FROM role alike. Rights on single columns are not counted.
Granted GrantedTo(absl::string_view role, const std::vector<Migration>& migrations);

}  // namespace signet::storage
