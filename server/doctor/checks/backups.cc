#include <algorithm>
#include <csignal>
#include <optional>
#include <string>
#include <vector>

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/token/json.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr absl::Duration kBackupsPatience = absl::Seconds(6);
constexpr absl::Duration kAny = absl::Hours(36);       // differential ones are made daily
constexpr absl::Duration kFull = absl::Hours(24 * 8);  // full ones weekly
constexpr int64_t kNoSuchStanza =
    1;  // "missing stanza path": what an installation without a configuration says
constexpr size_t kMostOutput = 4 << 20;
constexpr char kBackupsRunbook[] = "docs/database.md#backups";

struct Output {
  int exit_code = -1;  // -1: not started, or ended because it took too long
  std::string text;
};

// Nothing of its words on standard error is taken: they may hold paths of the repository.
Output Run(const std::vector<std::string>& words) {
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return {};
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
  posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
  std::vector<char*> arguments;
  for (const std::string& word : words) arguments.push_back(const_cast<char*>(word.c_str()));
  arguments.push_back(nullptr);
  pid_t child = 0;
  const bool started =
      posix_spawnp(&child, arguments[0], &actions, nullptr, arguments.data(), environ) == 0;
  posix_spawn_file_actions_destroy(&actions);
  close(ends[1]);
  Output output;
  const absl::Time end = absl::Now() + kBackupsPatience;
  bool done = !started;
  while (!done) {
    pollfd wait{ends[0], POLLIN, 0};
    const auto left = std::max<int64_t>(0, absl::ToInt64Milliseconds(end - absl::Now()));
    if (poll(&wait, 1, static_cast<int>(left)) != 1) break;
    char buffer[4096];
    const ssize_t size = read(ends[0], buffer, sizeof buffer);
    done = size <= 0 || output.text.size() > kMostOutput;
    if (size > 0) output.text.append(buffer, static_cast<size_t>(size));
  }
  close(ends[0]);
  if (!started) return output;
  if (!done) kill(child, SIGKILL);
  int status = 0;
  waitpid(child, &status, 0);
  if (done && WIFEXITED(status)) output.exit_code = WEXITSTATUS(status);
  return output;
}

struct Backups {
  int64_t status_code = 0;  // of the stanza; 0 is well
  std::string status;
  absl::Time newest = absl::InfinitePast();
  absl::Time newest_full = absl::InfinitePast();
};

// Of `info --output=json`: [{"name":…,"status":{"code":…,"message":…},"backup":[{"type":"full",
// "timestamp":{"stop":…}},…]}]. Nothing for another form.
std::optional<Backups> Read(const std::string& text) {
  token::JsonReader reader;
  const std::string whole = absl::StrCat("{\"stanzas\":", text, "}");
  const auto object = reader.ReadObject(whole);
  simdjson::dom::array stanzas;
  if (!object || object->at_key("stanzas").get(stanzas) != simdjson::SUCCESS) return std::nullopt;
  if (stanzas.size() != 1) return std::nullopt;
  const auto stanza = *stanzas.begin();
  Backups backups;
  simdjson::dom::array list;
  if (stanza["status"]["code"].get(backups.status_code) != simdjson::SUCCESS ||
      stanza["backup"].get(list) != simdjson::SUCCESS) {
    return std::nullopt;
  }
  if (std::string_view words; stanza["status"]["message"].get(words) == simdjson::SUCCESS) {
    backups.status = std::string(words);
  }
  for (const auto backup : list) {
    int64_t stop = 0;
    std::string_view type;
    if (backup["timestamp"]["stop"].get(stop) != simdjson::SUCCESS ||
        backup["type"].get(type) != simdjson::SUCCESS) {
      return std::nullopt;
    }
    const absl::Time at = absl::FromUnixSeconds(stop);
    backups.newest = std::max(backups.newest, at);
    if (type == "full") backups.newest_full = std::max(backups.newest_full, at);
  }
  return backups;
}

}  // namespace

Finding CheckBackups(const Deployment& deployment) {
  const Output output = Run({deployment.pgbackrest, "--output=json",
                             absl::StrCat("--stanza=", deployment.pgbackrest_stanza), "info"});
  if (output.exit_code != 0) {
    return Skipped(
        "pgBackRest is not installed, not configured here, or says nothing to this user: ask on "
        "the "
        "database's machine (docs/database.md)");
  }
  Notes notes;
  const auto backups = Read(output.text);
  if (!backups) {
    notes.Fail("pgBackRest answers in a form that is not known", "look yourself: pgbackrest info",
               kBackupsRunbook);
    return notes.Conclude();
  }
  if (backups->status_code == kNoSuchStanza) {
    return Skipped(absl::StrCat("pgBackRest knows no stanza ", deployment.pgbackrest_stanza,
                                " here: not configured (docs/database.md)"));
  }
  if (backups->newest == absl::InfinitePast()) {
    notes.Fail(absl::StrCat("there is no backup: ", backups->status),
               "make one, and enable the timers of deploy/backup", kBackupsRunbook);
    return notes.Conclude();
  }
  if (backups->status_code != 0) {
    notes.Fail(absl::StrCat("pgBackRest says: ", backups->status), "pgbackrest check",
               kBackupsRunbook);
  }
  const absl::Time now = deployment.clock->Now();
  const auto hours = [&](absl::Time at) { return absl::ToInt64Hours(now - at); };
  constexpr char kTodo[] = "systemctl list-timers 'signet-backup-*', and the log of what failed";
  if (now - backups->newest_full > kFull) {
    notes.Fail(
        backups->newest_full == absl::InfinitePast()
            ? "there is no full backup"
            : absl::StrCat("the last full backup is ", hours(backups->newest_full), " h old"),
        kTodo, kBackupsRunbook);
  }
  const std::string seen = absl::StrCat("the last backup is ", hours(backups->newest), " h old");
  if (now - backups->newest > kAny) {
    notes.Warn(seen, kTodo, kBackupsRunbook);
  } else {
    notes.Ok(seen);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
