#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::config {

// One scalar of the file, with the path made of its map keys ("tokens.access_ttl").
struct FileEntry {
  std::string path;
  std::string text;
  int line = 0;  // from 1
};

struct FlatFile {
  std::vector<FileEntry> entries;
  std::vector<std::string> problems;  // "line 12: …"; of form alone
};

// Reads YAML as sections of scalars. Refuses what is not that: lists, deeper nesting, aliases,
// duplicate keys, more than 1 MiB. A key without a value is as if it were not there. Never throws.
FlatFile ReadYaml(absl::string_view text);

}  // namespace signet::config
