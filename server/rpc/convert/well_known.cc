#include "server/rpc/convert/well_known.h"

#include <algorithm>

namespace signet::rpc {
namespace {

constexpr int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

}  // namespace

void SetTimestamp(absl::Time time, google::protobuf::Timestamp& out) {
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounds down, saturates
  out.set_seconds(std::clamp(seconds, kFirstSecond, kLastSecond));
  if (out.seconds() != seconds) return;
  const absl::Duration rest = time - absl::FromUnixSeconds(seconds);
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

void SetDuration(absl::Duration duration, google::protobuf::Duration& out) {
  absl::Duration rest = duration;
  out.set_seconds(absl::IDivDuration(duration, absl::Seconds(1), &rest));
  out.set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(rest)));
}

}  // namespace signet::rpc
