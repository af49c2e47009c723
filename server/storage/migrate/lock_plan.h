#pragma once

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::storage {

// What a migration's statements lock, and whether the version that serves can go on meanwhile
// read from the script itself, before anything is done. Locks as PostgreSQL names them
// (manual, 13.3 "Explicit Locking"); a table that the script itself makes is nobody's yet, so that
// whatever is done to it locks nothing that is in use.

enum class TableLock {
  kNone,
  kRowExclusive,
  kShareUpdateExclusive,  // reads and writes go on
  kShare,                 // reads go on
  kShareRowExclusive,     // reads go on
  kAccessExclusive,       // nothing goes on
};
absl::string_view TableLockName(TableLock lock);  // "ACCESS EXCLUSIVE"

// Whether the version that was there before can serve while the statement runs and after it.
enum class Meanwhile {
  kRuns,     // at most it waits for a moment, for a change of the catalogue
  kWaits,    // calls wait for as long as a table is read or written as a whole
  kBreaks,   // something that it uses is taken away, or asked of it
  kUnknown,  // a kind of statement that this does not know: a test refuses such a migration
};

struct StatementPlan {
  std::string text;   // how it begins, for people
  std::string table;  // that is locked; empty where none is
  TableLock lock = TableLock::kNone;
  Meanwhile meanwhile = Meanwhile::kRuns;
};

// One per statement and table that it locks, in order. A block (DO $$…$$) is known where it is
// about roles, about rights, or about tables of this script alone.
std::vector<StatementPlan> PlanLocks(absl::string_view script);

// The worst of them.
Meanwhile Worst(const std::vector<StatementPlan>& plans);

// For people, each on a line of its own, "  ACCESS EXCLUSIVE on signet.users: ALTER TABLE …"; those
// that lock nothing and break nothing are left out.
std::string FormatLocks(const std::vector<StatementPlan>& plans);
// "the version before it runs meanwhile"; `version`: "before" going up, "after" going down.
std::string MeanwhileText(Meanwhile meanwhile, absl::string_view version);

}  // namespace signet::storage
