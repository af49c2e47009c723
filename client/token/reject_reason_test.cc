#include "client/token/reject_reason.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace signet::token {
namespace {

TEST(RejectReason, EveryReasonHasItsOwnName) {
  std::set<std::string> names;
  for (int i = 0; i < kRejectReasonCount; ++i) {
    names.insert(std::string(RejectReasonName(static_cast<RejectReason>(i))));
  }
  EXPECT_EQ(names.size(), static_cast<size_t>(kRejectReasonCount));
  EXPECT_EQ(RejectReasonName(RejectReason::kTooLarge), "too_large");
  EXPECT_EQ(RejectReasonName(RejectReason::kSignatureInvalid), "signature_invalid");
  EXPECT_EQ(RejectReasonName(RejectReason::kRevokedKey), "revoked_key");
}

}  // namespace
}  // namespace signet::token
