#include "server/app/observers.h"

#include <string>

#include "absl/strings/match.h"
#include "server/rpc/services/count_decision.h"

namespace signet::app {
namespace {

// Classes and codes of https://www.postgresql.org/docs/15/errcodes-appendix.html
observe::DatabaseError ErrorOf(absl::string_view sqlstate) {
  if (absl::StartsWith(sqlstate, "08") || absl::StartsWith(sqlstate, "57P")) {
    return observe::DatabaseError::kBroken;
  }
  if (sqlstate == "57014" || sqlstate == "55P03") return observe::DatabaseError::kTimeout;
  if (absl::StartsWith(sqlstate, "40")) return observe::DatabaseError::kSerialization;
  return observe::DatabaseError::kOther;
}

// Both ports count what became of a session token as the result of the same number.
constexpr bool Same(domain::SessionOutcome outcome, observe::SessionResult result) {
  return static_cast<int>(outcome) == static_cast<int>(result);
}
using Outcome = domain::SessionOutcome;
using Result = observe::SessionResult;
static_assert(Same(Outcome::kActive, Result::kActive) &&
              Same(Outcome::kMalformed, Result::kMalformed) &&
              Same(Outcome::kUnknown, Result::kUnknown) && Same(Outcome::kIdle, Result::kIdle) &&
              Same(Outcome::kExpired, Result::kExpired) && Same(Outcome::kEnded, Result::kEnded) &&
              Same(Outcome::kOff, Result::kOff) &&
              Same(Outcome::kUnavailable, Result::kUnavailable) &&
              Same(Outcome::kOther, Result::kOther));

observe::FollowSource SourceOf(follow::Source source) {
  switch (source) {
    case follow::Source::kFeed:
      return observe::FollowSource::kFeed;
    case follow::Source::kRevocations:
      return observe::FollowSource::kRevocations;
    case follow::Source::kKeys:
      return observe::FollowSource::kKeys;
  }
  return observe::FollowSource::kFeed;
}

observe::HashingShed LabelOf(passwords::Shed why) {
  switch (why) {
    case passwords::Shed::kDeadline:
      return observe::HashingShed::kDeadline;
    case passwords::Shed::kQueueFull:
      return observe::HashingShed::kQueueFull;
    case passwords::Shed::kMemory:
      return observe::HashingShed::kMemory;
    case passwords::Shed::kDraining:
      return observe::HashingShed::kDraining;
  }
  return observe::HashingShed::kDeadline;
}

observe::RefreshResult LabelOf(domain::RefreshOutcome outcome) {
  switch (outcome) {
    case domain::RefreshOutcome::kRotated:
      return observe::RefreshResult::kRotated;
    case domain::RefreshOutcome::kReplayed:
      return observe::RefreshResult::kReplayed;
    case domain::RefreshOutcome::kReused:
      return observe::RefreshResult::kReused;
    case domain::RefreshOutcome::kExpired:
      return observe::RefreshResult::kExpired;
    case domain::RefreshOutcome::kRevoked:
      return observe::RefreshResult::kRevoked;
    case domain::RefreshOutcome::kUnknown:
      return observe::RefreshResult::kUnknown;
    case domain::RefreshOutcome::kMalformed:
      return observe::RefreshResult::kMalformed;
  }
  return observe::RefreshResult::kUnknown;
}

observe::ApiKeyResult LabelOf(domain::ApiKeyOutcome outcome) {
  switch (outcome) {
    case domain::ApiKeyOutcome::kAccepted:
      return observe::ApiKeyResult::kAccepted;
    case domain::ApiKeyOutcome::kMalformed:
      return observe::ApiKeyResult::kMalformed;
    case domain::ApiKeyOutcome::kUnknown:
      return observe::ApiKeyResult::kUnknown;
    case domain::ApiKeyOutcome::kOtherClient:
      return observe::ApiKeyResult::kOtherClient;
    case domain::ApiKeyOutcome::kWrongSecret:
      return observe::ApiKeyResult::kWrongSecret;
    case domain::ApiKeyOutcome::kRevoked:
      return observe::ApiKeyResult::kRevoked;
    case domain::ApiKeyOutcome::kExpired:
      return observe::ApiKeyResult::kExpired;
    case domain::ApiKeyOutcome::kAccountInactive:
      return observe::ApiKeyResult::kAccountInactive;
  }
  return observe::ApiKeyResult::kUnknown;
}

observe::GatewayVerdict LabelOf(domain::GatewayResult result) {
  switch (result) {
    case domain::GatewayResult::kAllowed:
      return observe::GatewayVerdict::kAllowed;
    case domain::GatewayResult::kAnonymous:
      return observe::GatewayVerdict::kAnonymous;
    case domain::GatewayResult::kNoToken:
      return observe::GatewayVerdict::kNoToken;
    case domain::GatewayResult::kTokenRefused:
      return observe::GatewayVerdict::kTokenRefused;
    case domain::GatewayResult::kRevocationStale:
      return observe::GatewayVerdict::kRevocationStale;
    case domain::GatewayResult::kUnavailable:
      return observe::GatewayVerdict::kUnavailable;
    case domain::GatewayResult::kScopeMissing:
      return observe::GatewayVerdict::kScopeMissing;
    case domain::GatewayResult::kNoRule:
      return observe::GatewayVerdict::kNoRule;
    case domain::GatewayResult::kAmbiguous:
      return observe::GatewayVerdict::kAmbiguous;
    case domain::GatewayResult::kQuestionInvalid:
      return observe::GatewayVerdict::kQuestionInvalid;
  }
  return observe::GatewayVerdict::kQuestionInvalid;
}

}  // namespace

void CountingStorage::OnLease(absl::Duration wait, Connections now) {
  metrics_.wait.Observe(wait);
  OnRelease(now);
}

void CountingStorage::OnRelease(Connections now) {
  metrics_.in_use.store(now.in_use, std::memory_order_relaxed);
  metrics_.idle.store(now.idle, std::memory_order_relaxed);
}

void CountingStorage::OnStatement(absl::string_view name, absl::Duration /*took*/,
                                  absl::string_view sqlstate) {
  metrics_.Statement(name);
  if (!sqlstate.empty()) metrics_.errors.Add(ErrorOf(sqlstate));
}

void CountingStorage::OnHealth(bool healthy) {
  if (healthy) {
    logger_.Write(observe::LogLevel::kInfo, "database answers");
  } else {
    metrics_.errors.Add(observe::DatabaseError::kConnect);
    logger_.Write(observe::LogLevel::kError, "database does not answer");
  }
  on_health_(healthy);
}

void CountingHashing::OnQueueDepth(size_t waiting) {
  metrics_.queue_depth.store(static_cast<int64_t>(waiting), std::memory_order_relaxed);
}

void CountingHashing::OnDone(absl::Duration wait, absl::Duration service) {
  metrics_.wait.Observe(wait);
  metrics_.service.Observe(service);
}

void CountingHashing::OnShed(passwords::Shed why) { metrics_.shed.Add(LabelOf(why)); }

void CountingFollow::OnRevocationApplied(absl::Duration lag) { revocations_.lag.Observe(lag); }

void CountingFollow::OnRevocationsCurrent(int64_t sequence, absl::Time /*as_of*/) {
  on_current_();
  if (!failing_.exchange(false)) return;
  logger_.Write(observe::LogLevel::kInfo, "following the database again",
                {{observe::log_key::kSequence, sequence}});
}

// `count` is how many records fewer there are, which says nothing where numbers were given out
// anew.
void CountingFollow::OnRevocationLogRewound(int64_t had, int64_t head) {
  revocations_.rewinds.fetch_add(1, std::memory_order_relaxed);
  logger_.Write(observe::LogLevel::kError, "revocation log is not the one that was applied",
                {{observe::log_key::kSequence, had}, {observe::log_key::kCount, had - head}});
}

void CountingFollow::OnRevocationsRestored(int64_t count) {
  revocations_.restored.fetch_add(static_cast<uint64_t>(count), std::memory_order_relaxed);
  logger_.Write(observe::LogLevel::kError, "revocations that the database had lost are back",
                {{observe::log_key::kCount, count}});
}

void CountingFollow::OnFollowFailure(follow::Source source, const absl::Status& status) {
  revocations_.failures.Add(SourceOf(source));
  if (source == follow::Source::kKeys) {
    keys_.reload_failures.fetch_add(1, std::memory_order_relaxed);
  }
  if (failing_.exchange(true)) return;
  logger_.Write(observe::LogLevel::kWarning, "cannot follow the database",
                {{observe::log_key::kError, std::string(status.message())}});
}

void CountingCredentials::RefreshDecided(domain::RefreshOutcome outcome) {
  metrics_.refreshes.Add(LabelOf(outcome));
}

void CountingCredentials::ApiKeyJudged(domain::ApiKeyOutcome outcome) {
  metrics_.api_keys.Add(LabelOf(outcome));
}

void CountingGateways::Judged(const domain::GatewayDecision& decision) {
  gateways_.verdicts.Add(LabelOf(decision.result));
  if (decision.validated) rpc::Count(*decision.validated, tokens_);
}

}  // namespace signet::app
