#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "client/audit/event_content.h"
#include "client/audit/hash_tree.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/audit_reader.h"
#include "server/domain/ports/personal_data_opener.h"

namespace signet::domain {

// An event for people: what was hashed, and the personal data that is still there.
struct AuditView {
  audit::EventContent content;
  std::optional<int64_t> leaf_index;
  audit::PersonalData personal;
};

struct AuditExport {
  std::vector<StoredAuditLeaf> leaves;
  int64_t next = 0;  // where to go on
  int64_t size = 0;  // leaves so far
};

struct AuditProof {
  int64_t leaf_index = 0;
  std::vector<audit::Hash> hashes;
  std::string note;
};

// Looking at the audit log, on an auditor's word: the method table has asked for
// kPermissionAuditRead. Query and Export write an event of their own (kAuditRead), because they
// show people's doings. Thread-safe.
class ReadAudit {
 public:
  ReadAudit(AuditReader& reader, const PersonalDataOpener& opener, AuditTrail& trail)
      : reader_(reader), opener_(opener), trail_(trail) {}

  // Newest first, before `before` (exclusive), at most `limit`. What was changed so that it cannot
  // be read is left out: `audit verify` tells of it.
  absl::StatusOr<std::vector<AuditView>> Query(const Caller& caller, const AuditFilter& filter,
                                               std::optional<AuditEventId> before, int limit,
                                               const CallInfo& call);
  // Leaves from `from` on, in order, at most `limit`.
  absl::StatusOr<AuditExport> Export(const Caller& caller, int64_t from, int limit,
                                     const CallInfo& call);
  // NOT_FOUND (EVENT_UNKNOWN): no sealed event of this id.
  absl::StatusOr<AuditProof> Prove(AuditEventId id);
  // The newest checkpoint, or those of more than `after` events, at most `limit`.
  absl::StatusOr<std::vector<StoredCheckpoint>> Checkpoints(std::optional<int64_t> after,
                                                            int limit);
  absl::StatusOr<std::optional<StoredCheckpoint>> Retired() { return reader_.Retired(); }

 private:
  absl::Status RecordLook(const Caller& caller, absl::string_view what, const CallInfo& call);

  AuditReader& reader_;
  const PersonalDataOpener& opener_;
  AuditTrail& trail_;
};

}  // namespace signet::domain
