#pragma once

#include <cstdint>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace signet::rpc {

// absl times as well-known types hold them. Times outside the years 1 to 9999, which a Timestamp
// cannot, become the nearest it can.
struct SecondsAndNanos {
  int64_t seconds = 0;
  int32_t nanos = 0;
};
SecondsAndNanos Split(absl::Time time);
SecondsAndNanos Split(absl::Duration duration);
void SetTimestamp(absl::Time time, google::protobuf::Timestamp& out);
void SetDuration(absl::Duration duration, google::protobuf::Duration& out);

// The other way; FIELD_INVALID naming `field` for what is no time of the years 1 to 9999.
absl::StatusOr<absl::Time> ToTime(absl::string_view field,
                                  const google::protobuf::Timestamp& timestamp);

}  // namespace signet::rpc
