#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/audit/log_verifier.h"
#include "server/domain/ports/audit_reader.h"

namespace signet::audit {

struct Verification {
  std::vector<Finding> findings;  // empty: nobody touched the log
  int64_t events = 0;             // sealed, the dropped ones too
  int64_t retired = 0;            // of them dropped as too old
  int64_t checkpoints = 0;
  int64_t waiting = 0;  // not sealed yet, and not old
};

// Checks the whole log as `reader` shows it (client/audit/log_verifier.h): every event, the order,
// the checkpoints, and those that were `kept` elsewhere. `retention`: no event younger than that
// may have been dropped. Goes on beside a running sealer: it looks at what was sealed when it
// began. Errors of the reader.
absl::StatusOr<Verification> VerifyLog(domain::AuditReader& reader, const CheckpointVerifier& key,
                                       const std::vector<std::string>& kept,
                                       absl::Duration retention, absl::Time now);

}  // namespace signet::audit
