#pragma once

#include <cstdint>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/token/revocation_set.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {

// Messages of WatchRevocations and WatchKeySet.

// The entry that a verifier applied last.
struct ResumePoint {
  int64_t sequence = 0;
  absl::Time recorded_at;
};

// Nothing: the verifier begins with a snapshot. FIELD_INVALID names the field.
absl::StatusOr<std::optional<ResumePoint>> ToResumePoint(
    const v1::WatchRevocationsRequest& request);

void FromRevocation(const token::RevocationRecord& record, v1::Revocation& out);

// Of the first message and of later ones: FIELD_INVALID names the field.
absl::Status CheckFirst(const v1::WatchKeySetRequest& request);
absl::Status CheckLater(const v1::WatchKeySetRequest& request);

}  // namespace signet::rpc
