#pragma once

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "client/cli/console.h"

namespace google::protobuf {
class Message;
}

namespace signet::cli {

// How results are shown: every command makes one JSON object, which is printed as it is (--json),
// reduced to one member (--field), or laid out for people. Not thread-safe.
class Output {
 public:
  struct Format {
    bool json = false;
    std::string field;  // dotted path of one member ("tokens.access_token"); wins over json
  };

  explicit Output(Console console) : console_(console) {}
  void set_format(Format format) { format_ = std::move(format); }

  // Prints one result: a JSON object. INVALID_ARGUMENT, reason USAGE: it has no member of the name
  // asked for.
  absl::Status Show(absl::string_view json) const;

  // As Show; people get the objects of array `member` as a table with these columns.
  absl::Status ShowTable(absl::string_view json, absl::string_view member,
                         const std::vector<std::string>& columns) const;

  // One line for people on the error stream; results stay parseable.
  void Warn(absl::string_view text) const;

  // The refusal, with what to do about it; with --json one JSON object
  // {"error":{"code","reason","message","advice","retry_after_ms"}}.
  void Fail(const absl::Status& status) const;

 private:
  absl::Status ShowField(absl::string_view json) const;

  Console console_;
  Format format_;
};

// The message with its proto field names, absent scalars included; what proto3 JSON says of 64-bit
// integers (strings), times (RFC 3339) and durations ("900s") holds.
std::string JsonOf(const google::protobuf::Message& message);

// `text` as it may go to a terminal: control characters, which move the cursor or worse, become
// '?'. Token contents come from strangers.
std::string Printable(absl::string_view text);

}  // namespace signet::cli
