#include "server/storage/migrate/sql_script.h"

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace signet::storage {
namespace {

bool IsTagCharacter(char c) { return absl::ascii_isalnum(c) || c == '_'; }

// How long the quoted text is that `rest` begins with; 0: it begins with none. One that does not
// end reaches to the end: PostgreSQL refuses it.
size_t QuotedLength(absl::string_view rest) {
  const char first = rest.front();
  std::string close(1, first);
  size_t from = 1;
  if (first == '$') {
    while (from < rest.size() && IsTagCharacter(rest[from])) ++from;
    if (from == rest.size() || rest[from] != '$') return 0;  // a parameter, or a lone sign
    close = std::string(rest.substr(0, ++from));
  } else if (first != '\'' && first != '"') {
    return 0;
  }
  const size_t end = rest.find(close, from);
  return end == rest.npos ? rest.size() : end + close.size();
}

// The same of a comment.
size_t CommentLength(absl::string_view rest) {
  if (absl::StartsWith(rest, "--")) return std::min(rest.find('\n'), rest.size());
  if (!absl::StartsWith(rest, "/*")) return 0;
  const size_t end = rest.find("*/", 2);
  return end == rest.npos ? rest.size() : end + 2;
}

}  // namespace

ScriptMode ModeOf(absl::string_view script) {
  const absl::string_view line =
      absl::StripAsciiWhitespace(script.substr(0, std::min(script.find('\n'), script.size())));
  if (line == "-- mode: concurrent") return ScriptMode::kConcurrent;
  if (line == "-- mode: backfill") return ScriptMode::kBackfill;
  return ScriptMode::kTransaction;
}

std::vector<std::string> SplitScript(absl::string_view script) {
  std::vector<std::string> statements;
  std::string statement;
  const auto finish = [&] {
    absl::StripTrailingAsciiWhitespace(&statement);
    if (!statement.empty()) statements.push_back(std::exchange(statement, ""));
  };
  const auto blank = [&] {
    if (!statement.empty() && statement.back() != ' ') statement.push_back(' ');
  };
  while (!script.empty()) {
    if (const size_t comment = CommentLength(script)) {
      blank();
      script.remove_prefix(comment);
    } else if (const size_t quoted = QuotedLength(script)) {
      absl::StrAppend(&statement, script.substr(0, quoted));
      script.remove_prefix(quoted);
    } else {
      const char c = script.front();
      script.remove_prefix(1);
      if (c == ';') {
        finish();
      } else if (absl::ascii_isspace(c)) {
        blank();
      } else {
        statement.push_back(c);
      }
    }
  }
  finish();
  return statements;
}

}  // namespace signet::storage
