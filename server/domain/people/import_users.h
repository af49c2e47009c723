#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/ids.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/imported_hashes.h"
#include "server/domain/ports/user_store.h"

namespace signet::domain {

// One person of another system. Roles are not among it: nobody becomes anything by an import.
struct ImportLine {
  std::string email;
  std::string password_hash;  // empty: no password, and no login before a reset
  std::string display_name;
  std::optional<absl::Time> created_at;  // nothing: now
  bool disabled = false;
};

struct ImportOutcome {
  enum class Kind { kCreated, kExists, kRefused };
  Kind kind = Kind::kRefused;
  // Of kCreated, and of kExists unless somebody else made the account at this very moment.
  std::optional<base::UserId> id;
  absl::Status refusal;  // of kRefused: FIELD_INVALID, naming the field of the line
};

// Makes the accounts that are not there yet; an account that exists is left as it is. A
// line that is refused costs the others nothing. One round trip for all lines.
//
// With a `request_id` a repeat, such as one after a lost answer, is answered as the first time: the
// ids of the people it makes are derived from it, so that its own are known again. Needs
// kPermissionUsersManage, which the method table asks for. Thread-safe.
class ImportUsers {
 public:
  ImportUsers(UserStore& users, const ImportedHashes& hashes, AuditTrail& audit)
      : users_(users), hashes_(hashes), audit_(audit) {}

  // One outcome for each line, in their order.
  absl::StatusOr<std::vector<ImportOutcome>> Run(const Caller& caller,
                                                 const std::vector<ImportLine>& lines,
                                                 const std::string& request_id,
                                                 const CallInfo& call);

 private:
  absl::StatusOr<ImportedUser> Read(const ImportLine& line, const std::string& request_id,
                                    const CallInfo& call) const;

  UserStore& users_;
  const ImportedHashes& hashes_;
  AuditTrail& audit_;
};

}  // namespace signet::domain
