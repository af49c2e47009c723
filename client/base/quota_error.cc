#include "client/base/quota_error.h"

#include <utility>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/error.h"

namespace signet::base {
namespace {

constexpr absl::string_view kQuota = "signet/quota";

}  // namespace

absl::Status RateLimited(absl::string_view subject, absl::string_view description,
                         absl::Duration retry_after) {
  absl::Status status = MakeError(absl::StatusCode::kResourceExhausted, "RATE_LIMITED",
                                  absl::StrCat("too many: ", description));
  status.SetPayload(kQuota, absl::Cord(absl::StrCat(subject, "\n", description)));
  return WithRetryAfter(std::move(status), retry_after);
}

std::optional<QuotaViolation> QuotaViolationOf(const absl::Status& status) {
  const auto payload = status.GetPayload(kQuota);
  if (!payload) return std::nullopt;
  const std::vector<std::string> parts =
      absl::StrSplit(std::string(*payload), absl::MaxSplits('\n', 1));
  return QuotaViolation{parts[0], parts.size() > 1 ? parts[1] : ""};
}

}  // namespace signet::base
