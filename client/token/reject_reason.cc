#include "client/token/reject_reason.h"

#include <array>

namespace signet::token {

absl::string_view RejectReasonName(RejectReason reason) {
  static constexpr std::array<absl::string_view, kRejectReasonCount> kNames = {
      "too_large",      "malformed",       "header_invalid",    "algorithm_not_allowed",
      "key_unknown",    "type_invalid",    "critical_header",   "signature_invalid",
      "claims_invalid", "issuer_mismatch", "audience_mismatch", "expired",
      "not_yet_valid",  "revoked_token",   "revoked_session",   "revoked_user",
      "revoked_key",
  };
  return kNames[static_cast<size_t>(reason)];
}

}  // namespace signet::token
