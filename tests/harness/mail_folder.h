#pragma once

#include <map>
#include <string>

#include "absl/time/time.h"
#include "tests/harness/program.h"

namespace signet::tests {

// The folder into which servers under test put their mails instead of sending them. Outlives them.
class MailFolder {
 public:
  // Configuration for a server: this folder, and no pauses between two mails of one kind.
  std::map<std::string, std::string> Settings() const;

  // The mail of a kind ("password-reset") to an address, waited for; its file is removed. Soft line
  // breaks are undone. Empty: there was none within `patience`.
  std::string Take(const std::string& kind, const std::string& to,
                   absl::Duration patience = absl::Seconds(30)) const;
  // The token in that mail, and in any; empty where there is none.
  std::string TakeToken(const std::string& kind, const std::string& to) const;
  static std::string TokenIn(const std::string& mail);
  // How many of a kind lie there.
  int Count(const std::string& kind) const;
  // Everything that lies there, each mail with its headers, soft line breaks undone.
  std::string All() const;

 private:
  std::string path() const { return scratch_.File("mail"); }

  const ScratchDirectory scratch_;
};

}  // namespace signet::tests
