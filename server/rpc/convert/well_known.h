#pragma once

#include "absl/time/time.h"
#include "google/protobuf/duration.pb.h"
#include "google/protobuf/timestamp.pb.h"

namespace signet::rpc {

// absl times as well-known types. Times outside the years 1 to 9999, which a Timestamp cannot hold,
// become the nearest it can.
void SetTimestamp(absl::Time time, google::protobuf::Timestamp& out);
void SetDuration(absl::Duration duration, google::protobuf::Duration& out);

}  // namespace signet::rpc
