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
              "locked", "email_not_verified", "mfa_required", "session_tokens_off"}),
      mfa("signet_mfa_logins_total", "result",
          {"succeeded", "recovered", "challenge_invalid", "wrong_code", "replayed_code", "refused",
           "raced"}),
      api_keys("signet_api_keys_total", "result",
               {"accepted", "malformed", "unknown", "other_client", "wrong_secret", "revoked",
                "expired", "account_inactive"}),
      basic("signet_basic_authentications_total", "result",
            {"accepted", "refused", "switched_off"}),
      sessions("signet_session_validations_total", "result",
               {"active", "malformed", "unknown", "idle", "expired", "ended", "off", "unavailable",
                "other"}),
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
  // The share of each kind, without a further counter on the way of an access token.
  uint64_t access_tokens = 0;
  for (const auto source : {token::DecisionSource::kCache, token::DecisionSource::kSignature}) {
    access_tokens += validations_.Sum(Cell(0, source));
  }
  auto kinds = NewFamily("signet_accepted_credentials_total");
  AddSample(kinds, {{"kind", "access_token"}}, static_cast<double>(access_tokens));
  AddSample(kinds, {{"kind", "session_token"}},
            static_cast<double>(sessions.Sum(SessionResult::kActive)));
  return {std::move(validations), std::move(kinds), sessions.Collect(), refreshes.Collect(),
          logins.Collect(),       mfa.Collect(),    api_keys.Collect(), basic.Collect()};
}

}  // namespace signet::observe
