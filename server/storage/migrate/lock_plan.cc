#include "server/storage/migrate/lock_plan.h"

#include <algorithm>
#include <set>
#include <string>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/storage/migrate/sql_script.h"

namespace signet::storage {
namespace {

using Lock = TableLock;
using Words = std::vector<std::string>;

constexpr size_t kShownText = 90;

// Brackets and commas are words of their own.
Words WordsOf(absl::string_view statement) {
  std::string spaced;
  for (const char c : statement) {
    if (c == '(' || c == ')' || c == ',') {
      spaced += {' ', c, ' '};
    } else {
      spaced.push_back(c);
    }
  }
  return absl::StrSplit(spaced, absl::ByAnyChar(" \n\t"), absl::SkipEmpty());
}

bool Is(const std::string& word, absl::string_view keyword) {
  return absl::EqualsIgnoreCase(word, keyword);
}

// Whether `words` go on with `phrase` at `from`.
bool Goes(const Words& words, size_t from, absl::string_view phrase) {
  for (const absl::string_view keyword : absl::StrSplit(phrase, ' ')) {
    if (from >= words.size() || !Is(words[from++], keyword)) return false;
  }
  return true;
}
bool Begins(const Words& words, absl::string_view phrase) { return Goes(words, 0, phrase); }
bool Has(const Words& words, absl::string_view phrase) {
  for (size_t i = 0; i < words.size(); ++i) {
    if (Goes(words, i, phrase)) return true;
  }
  return false;
}
// The word after the first `keyword`; empty where there is none.
std::string After(const Words& words, absl::string_view keyword) {
  for (size_t i = 0; i + 1 < words.size(); ++i) {
    if (!Is(words[i], keyword)) continue;
    const size_t next = Is(words[i + 1], "ONLY") ? i + 2 : i + 1;
    return next < words.size() ? words[next] : "";
  }
  return "";
}
// The name after the keywords that `words` begin with, IF (NOT) EXISTS and ONLY left out.
std::string NameAt(const Words& words, size_t at) {
  while (at < words.size() && (Is(words[at], "IF") || Is(words[at], "NOT") ||
                               Is(words[at], "EXISTS") || Is(words[at], "ONLY"))) {
    ++at;
  }
  return at < words.size() ? words[at] : "";
}

// The parts of ALTER TABLE between commas that stand in no bracket.
std::vector<Words> ActionsOf(const Words& words, size_t from) {
  std::vector<Words> actions(1);
  int depth = 0;
  for (size_t i = from; i < words.size(); ++i) {
    depth += words[i] == "(" ? 1 : 0;
    depth -= words[i] == ")" ? 1 : 0;
    if (words[i] == "," && depth == 0) {
      actions.emplace_back();
    } else {
      actions.back().push_back(words[i]);
    }
  }
  return actions;
}

struct Effect {
  Lock lock;
  Meanwhile meanwhile;
};
constexpr Effect kUnknown{Lock::kAccessExclusive, Meanwhile::kUnknown};

Effect OfConstraint(const Words& action) {
  const Lock lock = Has(action, "REFERENCES") ? Lock::kShareRowExclusive : Lock::kAccessExclusive;
  const bool moment = Has(action, "NOT VALID") || Has(action, "USING INDEX");
  return {lock, moment ? Meanwhile::kRuns : Meanwhile::kWaits};
}

Effect OfNewColumn(const Words& action) {
  // A default that each row has of its own is written into each row.
  for (const char* own : {"gen_random_uuid", "random", "clock_timestamp", "nextval", "STORED",
                          "IDENTITY", "BIGSERIAL", "SERIAL"}) {
    if (Has(action, own)) return {Lock::kAccessExclusive, Meanwhile::kWaits};
  }
  for (const char* judged : {"CHECK", "UNIQUE", "REFERENCES", "KEY"}) {
    if (Has(action, judged)) return {Lock::kAccessExclusive, Meanwhile::kWaits};
  }
  // The version before inserts rows without it.
  const bool asked = Has(action, "NOT NULL") && !Has(action, "DEFAULT");
  return {Lock::kAccessExclusive, asked ? Meanwhile::kBreaks : Meanwhile::kRuns};
}

Effect OfColumnChange(const Words& action) {
  for (const char* gentle : {"DROP NOT NULL", "SET DEFAULT", "DROP DEFAULT"}) {
    if (Has(action, gentle)) return {Lock::kAccessExclusive, Meanwhile::kRuns};
  }
  if (Has(action, "SET STATISTICS")) return {Lock::kShareUpdateExclusive, Meanwhile::kRuns};
  if (Has(action, "SET NOT NULL") || Has(action, "TYPE")) {
    return {Lock::kAccessExclusive, Meanwhile::kBreaks};
  }
  return kUnknown;
}

Effect OfAction(const Words& action) {
  struct Row {
    const char* begins;
    Effect effect;
  };
  static constexpr Row kRows[] = {
      {"VALIDATE CONSTRAINT", {Lock::kShareUpdateExclusive, Meanwhile::kRuns}},
      {"DROP CONSTRAINT", {Lock::kAccessExclusive, Meanwhile::kRuns}},
      {"DROP", {Lock::kAccessExclusive, Meanwhile::kBreaks}},
      {"RENAME", {Lock::kAccessExclusive, Meanwhile::kBreaks}},
      {"ENABLE TRIGGER", {Lock::kShareRowExclusive, Meanwhile::kRuns}},
      {"DISABLE TRIGGER", {Lock::kShareRowExclusive, Meanwhile::kBreaks}},
      {"ATTACH PARTITION", {Lock::kShareUpdateExclusive, Meanwhile::kRuns}},
      {"SET (", {Lock::kShareUpdateExclusive, Meanwhile::kRuns}},
      {"OWNER TO", {Lock::kAccessExclusive, Meanwhile::kRuns}},
  };
  for (const char* constraint :
       {"ADD CONSTRAINT", "ADD CHECK", "ADD FOREIGN", "ADD UNIQUE", "ADD PRIMARY", "ADD EXCLUDE"}) {
    if (Begins(action, constraint)) return OfConstraint(action);
  }
  if (Begins(action, "ADD")) return OfNewColumn(action);
  if (Begins(action, "ALTER")) return OfColumnChange(action);
  for (const Row& row : kRows) {
    if (Begins(action, row.begins)) return row.effect;
  }
  return kUnknown;
}

// What touches no table, whatever follows.
bool LocksNothing(const Words& words) {
  for (const char* phrase :
       {"CREATE SCHEMA", "CREATE TYPE", "CREATE FUNCTION", "CREATE OR REPLACE FUNCTION",
        "CREATE SEQUENCE", "CREATE VIEW", "CREATE ROLE", "CREATE EXTENSION", "CREATE DOMAIN",
        "GRANT", "ALTER DEFAULT PRIVILEGES", "ALTER FUNCTION", "SET LOCAL", "COMMENT ON FUNCTION",
        "COMMENT ON SCHEMA", "COMMENT ON TYPE", "COMMENT ON ROLE"}) {
    if (Begins(words, phrase)) return true;
  }
  return Begins(words, "REVOKE") && Has(words, "FROM PUBLIC");
}

// "signet.users" of COMMENT ON COLUMN signet.users.status.
std::string CommentedTable(const Words& words) {
  if (words.size() < 4 || !Is(words[2], "COLUMN")) return NameAt(words, 3);
  return words[3].substr(0, words[3].rfind('.'));
}

class Planner {
 public:
  explicit Planner(const std::vector<std::string>& statements) {
    for (const std::string& statement : statements) {
      const Words words = WordsOf(statement);
      if (Begins(words, "CREATE TABLE")) made_.insert(NameAt(words, 2));
      if (Begins(words, "CREATE UNLOGGED TABLE")) made_.insert(NameAt(words, 3));
    }
  }

  std::vector<StatementPlan> Plan(const std::string& statement) {
    text_ = statement.substr(0, kShownText);
    plans_.clear();
    const Words words = WordsOf(statement);
    if (Begins(words, "DO")) {
      PlanBlock(statement);
    } else if (!LocksNothing(words)) {
      PlanTables(words);
    }
    if (plans_.empty()) Add("", {Lock::kNone, Meanwhile::kRuns});
    return plans_;
  }

 private:
  void Add(const std::string& table, Effect effect) {
    if (made_.count(table) > 0) return;
    plans_.push_back({text_, table, effect.lock, effect.meanwhile});
  }

  void PlanTables(const Words& words) {
    if (Begins(words, "CREATE TABLE") || Begins(words, "CREATE UNLOGGED TABLE")) {
      for (size_t i = 0; i + 1 < words.size(); ++i) {
        if (Is(words[i], "REFERENCES")) {
          Add(words[i + 1], {Lock::kShareRowExclusive, Meanwhile::kRuns});
        }
        if (Goes(words, i, "PARTITION OF")) {
          Add(NameAt(words, i + 2), {Lock::kAccessExclusive, Meanwhile::kRuns});
        }
      }
    } else if (Begins(words, "CREATE INDEX") || Begins(words, "CREATE UNIQUE INDEX")) {
      const bool beside = Has(words, "CONCURRENTLY");
      Add(After(words, "ON"), beside ? Effect{Lock::kShareUpdateExclusive, Meanwhile::kRuns}
                                     : Effect{Lock::kShare, Meanwhile::kWaits});
    } else if (Begins(words, "CREATE TRIGGER") || Begins(words, "CREATE CONSTRAINT TRIGGER")) {
      Add(After(words, "ON"), {Lock::kShareRowExclusive, Meanwhile::kRuns});
    } else if (Begins(words, "ALTER TABLE")) {
      PlanAlter(words);
    } else if (Begins(words, "COMMENT ON COLUMN") || Begins(words, "COMMENT ON TABLE")) {
      Add(CommentedTable(words), {Lock::kShareUpdateExclusive, Meanwhile::kRuns});
    } else if (Begins(words, "INSERT INTO")) {
      Add(words.size() > 2 ? words[2] : "", {Lock::kRowExclusive, Meanwhile::kRuns});
    } else if (Begins(words, "UPDATE") || Begins(words, "DELETE FROM")) {
      // Rows stay locked until the migration ends: in batches it belongs into a backfill.
      Add(NameAt(words, Begins(words, "UPDATE") ? 1 : 2), {Lock::kRowExclusive, Meanwhile::kWaits});
    } else if (Begins(words, "REVOKE")) {
      Add("", {Lock::kNone, Meanwhile::kBreaks});
    } else if (Begins(words, "DROP")) {
      PlanDrop(words);
    } else {
      Add("", kUnknown);
    }
  }

  void PlanAlter(const Words& words) {
    const std::string table = NameAt(words, 2);
    const auto name = std::find(words.begin(), words.end(), table);
    for (const Words& action : ActionsOf(words, static_cast<size_t>(name - words.begin()) + 1)) {
      const Effect effect = OfAction(action);
      Add(table, effect);
      const std::string other = After(action, "REFERENCES");
      if (!other.empty()) Add(other, {Lock::kShareRowExclusive, effect.meanwhile});
      // Its rows are judged by what the partition is for.
      if (Begins(action, "ATTACH PARTITION")) {
        Add(NameAt(action, 2), {Lock::kAccessExclusive, Meanwhile::kWaits});
      }
    }
  }

  // What is dropped is used by nobody, or by the version before; an index costs it time alone.
  void PlanDrop(const Words& words) {
    if (Begins(words, "DROP INDEX")) {
      const bool beside = Has(words, "CONCURRENTLY");
      Add("its table",
          {beside ? Lock::kShareUpdateExclusive : Lock::kAccessExclusive, Meanwhile::kRuns});
    } else if (Begins(words, "DROP TABLE")) {
      Add(NameAt(words, 2), {Lock::kAccessExclusive, Meanwhile::kBreaks});
    } else if (Begins(words, "DROP TRIGGER")) {
      Add(After(words, "ON"), {Lock::kAccessExclusive, Meanwhile::kBreaks});
    } else {
      Add("", {Lock::kNone, Meanwhile::kBreaks});
    }
  }

  // Of roles and rights; or of tables of this script, each named in a list that is gone through.
  void PlanBlock(const std::string& block) {
    const std::string upper = absl::AsciiStrToUpper(block);
    bool touches = false;
    for (const char* phrase : {"CREATE TRIGGER", "CREATE INDEX", "ALTER TABLE", "DROP", "UPDATE",
                               "DELETE", "INSERT", "LOCK", "TRUNCATE", "PERFORM"}) {
      touches = touches || absl::StrContains(upper, phrase);
    }
    if (!touches) return;
    const size_t list = block.find("ARRAY[");
    const size_t end = list == block.npos ? list : block.find(']', list);
    if (end == block.npos) return Add("", kUnknown);
    const std::string names = block.substr(list + 6, end - list - 6);
    for (absl::string_view name : absl::StrSplit(names, ',')) {
      name = absl::StripAsciiWhitespace(name);
      if (name.size() < 2 ||
          made_.count(absl::StrCat("signet.", name.substr(1, name.size() - 2))) == 0) {
        return Add("", kUnknown);
      }
    }
  }

  std::set<std::string> made_;
  std::string text_;
  std::vector<StatementPlan> plans_;
};

}  // namespace

absl::string_view TableLockName(TableLock lock) {
  switch (lock) {
    case Lock::kNone:
      return "no lock";
    case Lock::kRowExclusive:
      return "ROW EXCLUSIVE";
    case Lock::kShareUpdateExclusive:
      return "SHARE UPDATE EXCLUSIVE";
    case Lock::kShare:
      return "SHARE";
    case Lock::kShareRowExclusive:
      return "SHARE ROW EXCLUSIVE";
    case Lock::kAccessExclusive:
      return "ACCESS EXCLUSIVE";
  }
  return "";
}

std::string MeanwhileText(Meanwhile meanwhile, absl::string_view version) {
  switch (meanwhile) {
    case Meanwhile::kRuns:
      return absl::StrCat("the version ", version, " it runs meanwhile");
    case Meanwhile::kWaits:
      return absl::StrCat("calls of the version ", version, " it wait while a table is worked on");
    case Meanwhile::kBreaks:
      return absl::StrCat("the version ", version, " it must not run any more");
    case Meanwhile::kUnknown:
      return "not known: look at it";
  }
  return "";
}

std::vector<StatementPlan> PlanLocks(absl::string_view script) {
  const std::vector<std::string> statements = SplitScript(script);
  const bool batches = ModeOf(script) == ScriptMode::kBackfill;
  Planner planner(statements);
  std::vector<StatementPlan> plans;
  for (const std::string& statement : statements) {
    for (StatementPlan& plan : planner.Plan(statement)) {
      // A batch is over before anybody has waited for long.
      if (batches && plan.meanwhile == Meanwhile::kWaits) plan.meanwhile = Meanwhile::kRuns;
      plans.push_back(std::move(plan));
    }
  }
  return plans;
}

Meanwhile Worst(const std::vector<StatementPlan>& plans) {
  Meanwhile worst = Meanwhile::kRuns;
  for (const StatementPlan& plan : plans) worst = std::max(worst, plan.meanwhile);
  return worst;
}

std::string FormatLocks(const std::vector<StatementPlan>& plans) {
  std::string text;
  for (const StatementPlan& plan : plans) {
    if (plan.lock == Lock::kNone && plan.meanwhile == Meanwhile::kRuns) continue;
    absl::StrAppend(&text, "       ", TableLockName(plan.lock), plan.table.empty() ? "" : " on ",
                    plan.table,
                    plan.meanwhile == Meanwhile::kWaits ? ", for as long as it takes" : "", ": ",
                    plan.text, "\n");
  }
  return text;
}

}  // namespace signet::storage
