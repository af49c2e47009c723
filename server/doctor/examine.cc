#include "server/doctor/examine.h"

#include <algorithm>
#include <exception>
#include <optional>
#include <thread>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/mutex.h"
#include "server/doctor/checks.h"
#include "server/domain/call_deadline.h"

namespace signet::doctor {
namespace {

// What the threads share; the last of them, which may outlive Examine(), takes it along.
struct Board {
  base::Mutex mutex;
  base::CondVar changed;
  std::vector<std::optional<Finding>> findings ABSL_GUARDED_BY(mutex);
};

Finding RunCheck(const Check& check, const Deployment& deployment, absl::Duration each) {
  try {
    const domain::ScopedCallDeadline deadline(absl::Now() + each);
    return check.look(deployment);
  } catch (const std::exception& error) {
    Notes notes;
    notes.Fail(absl::StrCat("the check itself broke: ", error.what()), "report it as a fault");
    return notes.Conclude();
  }
}

Finding TooSlow(absl::string_view what, absl::Duration limit) {
  Notes notes;
  notes.Fail(absl::StrCat(what, absl::FormatDuration(limit)),
             "what it asks does not answer: look at the network and the load of that part");
  return notes.Conclude();
}

// What one check is at.
struct Running {
  size_t check;
  absl::Time since;
};

// Those that have ended, or should have.
void LeaveOut(std::vector<Running>& running, std::vector<std::optional<Finding>>& findings,
              absl::Time now, absl::Duration patience) {
  const auto over = [&](const Running& one) {
    std::optional<Finding>& finding = findings[one.check];
    if (!finding && now >= one.since + patience) finding = TooSlow("no answer within ", patience);
    return finding.has_value();
  };
  running.erase(std::remove_if(running.begin(), running.end(), over), running.end());
}

}  // namespace

std::vector<Check> AllChecks() {
  return {{"clock", CheckClock},           {"certificate", CheckCertificate},
          {"grpc-port", CheckGrpcPort},    {"http-port", CheckHttpPort},
          {"through", CheckThrough},       {"edge", CheckEdge},
          {"database", CheckDatabase},     {"rights", CheckRights},
          {"migrations", CheckMigrations}, {"replication", CheckReplication},
          {"backups", CheckBackups},       {"keys", CheckKeys},
          {"hardware", CheckHardware},     {"vault", CheckVault},
          {"audit", CheckAudit},           {"mail", CheckMail},
          {"files", CheckFiles},           {"disk", CheckDisk},
          {"memory", CheckMemory}};
}

std::vector<Finding> Examine(std::shared_ptr<const Deployment> deployment,
                             const std::vector<Check>& checks, Bounds bounds) {
  const auto board = std::make_shared<Board>();
  std::vector<Running> running;
  const absl::Time end = absl::Now() + bounds.all;
  size_t next = 0;

  base::MutexLock lock(board->mutex);
  std::vector<std::optional<Finding>>& findings = board->findings;
  findings.resize(checks.size());
  while (next < checks.size() || !running.empty()) {
    const absl::Time now = absl::Now();
    if (now >= end) break;
    LeaveOut(running, findings, now, bounds.each);
    while (next < checks.size() && running.size() < static_cast<size_t>(bounds.at_once)) {
      std::thread([board, deployment, check = checks[next], at = next, each = bounds.each] {
        Finding found = RunCheck(check, *deployment, each);
        base::MutexLock mine(board->mutex);
        if (!board->findings[at]) board->findings[at] = std::move(found);
        board->changed.NotifyAll();
      }).detach();
      running.push_back({next++, now});
    }
    if (running.empty()) continue;
    absl::Time wake = end;
    for (const Running& one : running) wake = std::min(wake, one.since + bounds.each);
    board->changed.WaitFor(board->mutex, wake - now);
  }

  std::vector<Finding> result;
  for (size_t i = 0; i < checks.size(); ++i) {
    if (!findings[i]) findings[i] = TooSlow("not done: the whole has taken ", bounds.all);
    result.push_back(*findings[i]);
    result.back().check = checks[i].name;
  }
  SkipUntold(result);
  return result;
}

}  // namespace signet::doctor
