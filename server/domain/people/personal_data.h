#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/personal_data_opener.h"
#include "server/domain/ports/user_store.h"
#include "server/domain/tokens/token_pair.h"

namespace signet::domain {

// What a person may ask for: everything that is kept of him, and that nothing is.
// Thread-safe.
class PersonalData {
 public:
  PersonalData(UserStore& users, const PersonalDataOpener& opener, AuditTrail& audit,
               const TokenLifetimes& lifetimes)
      : users_(users), opener_(opener), audit_(audit), lifetimes_(lifetimes) {}

  // At most `limit` records after the first `skip`: JSON objects {"table": …, "record": {…}}, in an
  // order that stays while nothing changes, the account first and events of the audit log last.
  // Without hashes, keys and sealed values; of an event with what it says ("event": {…}), and with
  // the network address and user agent where they are the person's own. `id` nothing: the caller,
  // who needs no permission; anybody else's needs kPermissionUsersManage. USER_UNKNOWN.
  absl::StatusOr<std::vector<std::string>> Export(const Caller& caller,
                                                  std::optional<base::UserId> id, int64_t skip,
                                                  int limit, const CallInfo& call);

  // Deletes the account and leaves nothing of the person but the id, the times and the course of
  // the sessions: address, names, devices, network addresses, user agents, passwords, mails and
  // whatever else is kept under the id are gone. The audit log stays provable; its readable part
  // about the person is gone. Repeating it is harmless, and erases what was written since. Needs
  // kPermissionUsersManage, which the method table asks for. USER_UNKNOWN, LAST_ADMINISTRATOR.
  absl::Status Erase(const Caller& caller, base::UserId id, const CallInfo& call);

 private:
  UserStore& users_;
  const PersonalDataOpener& opener_;
  AuditTrail& audit_;
  const TokenLifetimes lifetimes_;
};

}  // namespace signet::domain
