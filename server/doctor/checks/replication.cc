#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr char kReplicationRunbook[] = "docs/runbooks/failover.md";

}  // namespace

Finding CheckReplication(const Deployment& deployment) {
  const auto replication = deployment.survey->ReadReplication();
  if (!replication.ok()) return CannotTell(replication.status().message());
  const bool waits = !replication->synchronous_standbys.empty() &&
                     replication->synchronous_commit != "off" &&
                     replication->synchronous_commit != "local";
  Notes notes;
  if (replication->standbys == 0 && !waits) {
    return Skipped(
        "no standby is connected: with this machine goes the service (docs/database.md)");
  }
  if (replication->standbys == 0) {
    notes.Fail("commits wait for a standby, and none is connected",
               "bring one back, or take synchronous_standby_names away", kReplicationRunbook);
    return notes.Conclude();
  }
  const std::string seen = absl::StrCat(replication->standbys, " standby",
                                        replication->standbys == 1 ? "" : "s", " connected");
  if (waits) {
    notes.Ok(absl::StrCat(seen, ", commits wait for one (synchronous_commit ",
                          replication->synchronous_commit, ")"));
  } else {
    notes.Warn(absl::StrCat(seen, ", and no commit waits for one"),
               "a failover may lose the last moments, revocations among them: use synchronous mode",
               kReplicationRunbook);
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
