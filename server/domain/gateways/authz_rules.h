#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace signet::domain {

// What one path of an upstream asks of a request.
struct AuthzRule {
  std::vector<std::string> methods;  // empty: all
  std::string host;                  // lower case, without a port; empty: all
  // Ending in '/': that path and everything below it, and itself without the slash. Otherwise
  // exactly that path, with or without a slash at its end.
  std::string path;

  bool anonymous = false;                // everybody; nothing of the request is looked at
  std::string audience;                  // otherwise: of the token. Not empty.
  std::vector<std::string> scopes;       // all of them
  std::vector<std::string> permissions;  // all of them
  enum class Token { kKeep, kRemove } token = Token::kKeep;  // on the way to the upstream
};

// The rules file, read once. Immutable, thread-safe.
class AuthzRules {
 public:
  // One field of a rule as the file has it: under "GET,POST api.example.com/orders/", "audience",
  // "orders". Only the path is needed in `rule`.
  struct Entry {
    std::string rule;
    std::string field;
    std::string text;
    int line = 0;
  };
  // INVALID_ARGUMENT naming the line and what is wrong: an unknown field, a value that is none, a
  // rule without audience that is not anonymous, one that asks for something and is, a path that
  // could be read in two ways, two rules for the same requests (/a and /a/ are, where they have a
  // method in common), no rule at all; and one that would never apply, as it was meant or at all: a
  // wildcard, a host with a final dot, a second blank.
  static absl::StatusOr<AuthzRules> Make(absl::Span<const Entry> entries);

  // The one that decides: of those that apply, one that names the host before one that does not,
  // then the longest path, then one that names the method. Null: none applies. The order of the
  // file is of no account. `host` as AuthzRule::host.
  const AuthzRule* Find(absl::string_view method, absl::string_view host,
                        absl::string_view path) const;

  bool empty() const { return rules_.empty(); }
  // Whether any rule names a host: then every question has to.
  bool name_hosts() const { return name_hosts_; }

 private:
  std::vector<AuthzRule> rules_;  // the first that applies decides
  bool name_hosts_ = false;
};

}  // namespace signet::domain
