#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::storage {

// How a migration's script is run, as its first line says.
enum class ScriptMode {
  kTransaction,  // nothing said: the whole script and its record in one transaction
  // "-- mode: concurrent": statement after statement, each by itself, as CREATE INDEX CONCURRENTLY
  // asks for. What a run left half-way is done by the next: each statement has to bear repetition.
  kConcurrent,
  // "-- mode: backfill": the one statement again and again, each time a transaction, until it
  // changes no row. It has to take a batch by what is left to do (`WHERE … IS NULL … LIMIT 1000`),
  // so that a run that was ended goes on where it was.
  kBackfill,
};
ScriptMode ModeOf(absl::string_view script);

// The statements of a script, without the semicolons between them; comments go, what is quoted
// ('…', "…", $tag$…$tag$) stays as it is. White space becomes one blank outside quotes.
std::vector<std::string> SplitScript(absl::string_view script);

}  // namespace signet::storage
