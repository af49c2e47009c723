#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::storage {

// One step of the schema, forward and back.
struct Migration {
  int version = 0;   // 1, 2, 3, … without gaps
  std::string name;  // "core"
  std::string up;    // SQL script, run in one transaction
  std::string down;

  // SHA-256 of both scripts, hexadecimal: an applied migration is never edited.
  std::string Checksum() const;
};

// What stands in migrations/, in order of version; built into the binary.
const std::vector<Migration>& EmbeddedMigrations();

// "0001_core"
std::string DisplayName(int version, absl::string_view name);

}  // namespace signet::storage
