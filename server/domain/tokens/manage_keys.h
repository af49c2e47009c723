#pragma once

#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/key_lifecycle.h"

namespace signet::domain {

// Signing keys on an administrator's word: what KeyLifecycle does, with every look, change
// and refusal in the audit log. Repeating what is already so is no event. Thread-safe.
class ManageKeys {
 public:
  ManageKeys(KeyLifecycle& keys, AuditTrail& audit) : keys_(keys), audit_(audit) {}

  absl::StatusOr<std::vector<SigningKeyRecord>> List(const Caller& caller, const CallInfo& call);
  absl::StatusOr<KeySetStanding> Verifiers(const Caller& caller, const CallInfo& call);
  absl::StatusOr<SigningKeyRecord> Prepare(const Caller& caller, absl::string_view algorithm,
                                           const CallInfo& call);
  absl::StatusOr<SigningKeyRecord> Activate(const Caller& caller, absl::string_view kid,
                                            KeyLifecycle::Force force, const CallInfo& call);
  absl::StatusOr<SigningKeyRecord> Taint(const Caller& caller, absl::string_view kid,
                                         const CallInfo& call);
  absl::StatusOr<SigningKeyRecord> Retire(const Caller& caller, absl::string_view kid,
                                          KeyLifecycle::Force force, const CallInfo& call);

 private:
  // `answer`, after its refusal, if it is one, was written.
  absl::StatusOr<SigningKeyRecord> Told(absl::StatusOr<SigningKeyRecord> answer, AuditEvent event);

  KeyLifecycle& keys_;
  AuditTrail& audit_;
};

}  // namespace signet::domain
