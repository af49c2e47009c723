#pragma once

#include <optional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::base {

// How the rooms below the RPC layer say what went wrong: an absl::Status whose code is the
// canonical one of AIP-193 and whose payload carries the machine-readable reason, the fields, and
// the time to retry. rpc/status_mapping turns it into google.rpc details; nothing else does.
//
// `reason` is the name of a value of signet.v1.ErrorReason without its ERROR_REASON_ prefix, e.g.
// "CREDENTIALS_INVALID". `message` is public: it never holds a secret, an address or the answer to
// "does this account exist".
absl::Status MakeError(absl::StatusCode code, absl::string_view reason, absl::string_view message);

// INVALID_ARGUMENT, reason FIELD_INVALID, naming the field in proto spelling ("user.email").
absl::Status FieldError(absl::string_view field, absl::string_view description);

// PERMISSION_DENIED, reason PERMISSION_MISSING, naming the permission for machines too.
absl::Status PermissionMissing(absl::string_view permission);

// FAILED_PRECONDITION, reason STEP_UP_REQUIRED: a fresh authentication is needed first, of level
// `acr`, not older than `max_age` when the call comes again (RFC 9470).
absl::Status StepUpRequired(absl::string_view acr, absl::Duration max_age);

// UNAVAILABLE, reason OVERLOADED: no capacity before the caller's deadline.
absl::Status Overloaded(absl::string_view message, absl::Duration retry_after);

// UNAVAILABLE, reason STORAGE_UNAVAILABLE: the database does not answer.
absl::Status StorageUnavailable(absl::Duration retry_after);

// The same status with a time after which a retry makes sense.
absl::Status WithRetryAfter(absl::Status status, absl::Duration retry_after);

struct FieldViolation {
  std::string field;
  std::string description;
};

// What MakeError and the others put in; empty or nothing for a status from elsewhere.
std::string ErrorReason(const absl::Status& status);
std::optional<absl::Duration> RetryAfter(const absl::Status& status);
std::vector<FieldViolation> FieldViolations(const absl::Status& status);
std::string MissingPermission(const absl::Status& status);

// What a STEP_UP_REQUIRED asks for.
struct StepUpDemand {
  std::string acr;
  absl::Duration max_age;  // whole seconds
};
std::optional<StepUpDemand> DemandedStepUp(const absl::Status& status);

}  // namespace signet::base
