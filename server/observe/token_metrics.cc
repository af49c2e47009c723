#include "server/observe/token_metrics.h"

#include <string>
#include <utility>

#include "server/observe/metric_catalog.h"

namespace signet::observe {
namespace {

constexpr size_t kStaleReason = token::kRejectReasonCount + 1;

std::string ReasonLabel(size_t reason) {
  if (reason == 0) return "none";
  if (reason == kStaleReason) return "revocation_stale";
  return std::string(token::RejectReasonName(static_cast<token::RejectReason>(reason - 1)));
}

}  // namespace

TokenMetrics::TokenMetrics()
    : refreshes("signet_refreshes_total", "outcome",
                {"rotated", "replayed", "reused", "expired", "revoked", "unknown", "malformed"}),
      logins("signet_logins_total", "result",
             {"succeeded", "unknown_account", "wrong_password", "account_disabled", "raced",
              "locked", "email_not_verified", "mfa_required"}),
      mfa("signet_mfa_logins_total", "result",
          {"succeeded", "recovered", "challenge_invalid", "wrong_code", "replayed_code", "refused",
           "raced"}),
      api_keys("signet_api_keys_total", "result",
               {"accepted", "malformed", "unknown", "other_client", "wrong_secret", "revoked",
                "expired", "account_inactive"}),
      basic("signet_basic_authentications_total", "result",
            {"accepted", "refused", "switched_off"}),
      validations_(2 * kReasons) {}

void TokenMetrics::Accepted(token::DecisionSource source) { validations_.Add(Cell(0, source)); }

void TokenMetrics::Rejected(token::RejectReason reason, token::DecisionSource source) {
  validations_.Add(Cell(static_cast<size_t>(reason) + 1, source));
}

void TokenMetrics::Stale(token::DecisionSource source) {
  validations_.Add(Cell(kStaleReason, source));
}

std::vector<prometheus::MetricFamily> TokenMetrics::Collect() const {
  auto validations = NewFamily("signet_validations_total");
  for (size_t reason = 0; reason < kReasons; ++reason) {
    for (const auto source : {token::DecisionSource::kCache, token::DecisionSource::kSignature}) {
      AddSample(validations,
                {{"result", reason == 0 ? "active" : "inactive"},
                 {"reason", ReasonLabel(reason)},
                 {"source", source == token::DecisionSource::kCache ? "cache" : "signature"}},
                static_cast<double>(validations_.Sum(Cell(reason, source))));
    }
  }
  return {std::move(validations), refreshes.Collect(), logins.Collect(),
          mfa.Collect(),          api_keys.Collect(),  basic.Collect()};
}

}  // namespace signet::observe
