#include "server/rpc/convert/well_known.h"

#include <algorithm>

#include "client/base/error.h"

namespace signet::rpc {
namespace {

constexpr int64_t kFirstSecond = -62'135'596'800;  // 0001-01-01T00:00:00Z
constexpr int64_t kLastSecond = 253'402'300'799;   // 9999-12-31T23:59:59Z

}  // namespace

SecondsAndNanos Split(absl::Time time) {
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounds down, saturates
  const int64_t held = std::clamp(seconds, kFirstSecond, kLastSecond);
  if (held != seconds) return {held, 0};
  const absl::Duration rest = time - absl::FromUnixSeconds(seconds);
  return {seconds, static_cast<int32_t>(absl::ToInt64Nanoseconds(rest))};
}

SecondsAndNanos Split(absl::Duration duration) {
  absl::Duration rest = duration;
  const int64_t seconds = absl::IDivDuration(duration, absl::Seconds(1), &rest);
  return {seconds, static_cast<int32_t>(absl::ToInt64Nanoseconds(rest))};
}

void SetTimestamp(absl::Time time, google::protobuf::Timestamp& out) {
  const SecondsAndNanos parts = Split(time);
  out.set_seconds(parts.seconds);
  out.set_nanos(parts.nanos);
}

void SetDuration(absl::Duration duration, google::protobuf::Duration& out) {
  const SecondsAndNanos parts = Split(duration);
  out.set_seconds(parts.seconds);
  out.set_nanos(parts.nanos);
}

absl::StatusOr<absl::Time> ToTime(absl::string_view field,
                                  const google::protobuf::Timestamp& timestamp) {
  if (timestamp.seconds() < kFirstSecond || timestamp.seconds() > kLastSecond ||
      timestamp.nanos() < 0 || timestamp.nanos() > 999'999'999) {
    return base::FieldError(field, "is not a time of the years 1 to 9999");
  }
  return absl::FromUnixSeconds(timestamp.seconds()) + absl::Nanoseconds(timestamp.nanos());
}

}  // namespace signet::rpc
