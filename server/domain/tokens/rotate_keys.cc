#include "server/domain/tokens/rotate_keys.h"

#include <algorithm>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

using Force = KeyLifecycle::Force;

// One look takes them all: a successor, its predecessor, and what was left of earlier ones. More
// mean that something undoes what is done here.
constexpr int kMostSteps = 16;

// A key that has been PREPARED for longer was left behind; until then somebody is making it.
constexpr absl::Duration kInTheMaking = absl::Minutes(1);

// The newest in `state`; null where there is none.
const SigningKeyRecord* Newest(const SigningKeyTable& table, KeyState state) {
  const auto found = std::find_if(table.keys.begin(), table.keys.end(),
                                  [state](const auto& key) { return key.state == state; });
  return found == table.keys.end() ? nullptr : &*found;
}

KeyChange Fenced(const SigningKeyTable& table, absl::Time now, absl::string_view why) {
  KeyChange change(now);
  change.by.reason = std::string(why);
  change.fence = table.version;
  return change;
}

}  // namespace

absl::StatusOr<RotateKeys::Report> RotateKeys::Run(absl::Time now) {
  Report report;
  for (int i = 0; i < kMostSteps; ++i) {
    const absl::StatusOr<Step> step = TakeStep(now, report);
    if (absl::IsAborted(step.status())) {
      report.overtaken = true;
      break;
    }
    SIGNET_RETURN_IF_ERROR(step.status());
    if (*step == Step::kNoneDue) break;
  }
  SIGNET_RETURN_IF_ERROR(EraseOld(now, report));
  return report;
}

absl::StatusOr<RotateKeys::Step> RotateKeys::TakeStep(absl::Time now, Report& report) {
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyTable table, store_.Load());
  const SigningKeyRecord* const active = Newest(table, KeyState::kActive);
  // Where none signs there is nothing to plan: a start makes the first one.
  if (active != nullptr && policy_.rotate_after > absl::ZeroDuration()) {
    SIGNET_ASSIGN_OR_RETURN(const Step step, Succeed(table, *active, now, report));
    if (step == Step::kTaken) return step;
  }
  return RetireOne(table, Fenced(table, now, "PLANNED_ROTATION"), report);
}

absl::StatusOr<RotateKeys::Step> RotateKeys::Succeed(const SigningKeyTable& table,
                                                     const SigningKeyRecord& active, absl::Time now,
                                                     Report& report) {
  const absl::Time due = active.activated_at.value_or(active.created_at) + policy_.rotate_after;
  if (now < due - policy_.publish_ahead) return Step::kNoneDue;
  const KeyChange change = Fenced(table, now, "PLANNED_ROTATION");
  const SigningKeyRecord* const successor = Newest(table, KeyState::kPublished);
  if (successor == nullptr) return Prepare(table, change, report);
  if (now < due) return Step::kNoneDue;
  return Activate(*successor, due, change, report);
}

absl::StatusOr<RotateKeys::Step> RotateKeys::Prepare(const SigningKeyTable& table,
                                                     const KeyChange& change, Report& report) {
  if (const SigningKeyRecord* const left = Newest(table, KeyState::kPrepared)) {
    if (change.now < left->created_at + kInTheMaking) return Step::kNoneDue;
    const auto published = keys_.Publish(left->kid, change);
    if (published.ok()) {
      report.prepared.push_back(left->kid);
      return Step::kTaken;
    }
    // Sealed by a key-encryption key that is gone: it stays as it is, and a new one is made.
    if (!absl::IsDataLoss(published.status()) && !absl::IsFailedPrecondition(published.status())) {
      return published.status();
    }
  }
  SIGNET_ASSIGN_OR_RETURN(const SigningKeyRecord prepared, keys_.Prepare("", change));
  report.prepared.push_back(prepared.kid);
  return Step::kTaken;
}

absl::StatusOr<RotateKeys::Step> RotateKeys::Activate(const SigningKeyRecord& successor,
                                                      absl::Time due, const KeyChange& change,
                                                      Report& report) {
  // Patience begins when nothing but verifiers could hold it up any more.
  const absl::Time could =
      std::max(due, successor.published_at.value_or(change.now) + policy_.publish_ahead);
  const bool impatient = policy_.verifier_patience > absl::ZeroDuration() &&
                         change.now >= could + policy_.verifier_patience;
  const auto activated =
      keys_.Activate(successor.kid, impatient ? Force::kYes : Force::kNo, change);
  if (activated.ok()) {
    report.waits = absl::OkStatus();
    report.activated.push_back(successor.kid);
    return Step::kTaken;
  }
  if (!absl::IsFailedPrecondition(activated.status())) return activated.status();
  report.waits = activated.status();
  return Step::kNoneDue;
}

absl::StatusOr<RotateKeys::Step> RotateKeys::RetireOne(const SigningKeyTable& table,
                                                       const KeyChange& change, Report& report) {
  for (const SigningKeyRecord& key : table.keys) {
    if (key.state != KeyState::kRetiring) continue;
    const auto retired = keys_.Retire(key.kid, Force::kNo, change);
    if (retired.ok()) {
      report.retired.push_back(key.kid);
      return Step::kTaken;
    }
    // KEY_STILL_NEEDED; or it was tainted a moment ago, which is no failure of this either.
    if (!absl::IsFailedPrecondition(retired.status())) return retired.status();
  }
  return Step::kNoneDue;
}

absl::Status RotateKeys::EraseOld(absl::Time now, Report& report) {
  if (policy_.erase_after == absl::ZeroDuration()) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const std::vector<SigningKeyRecord> keys, keys_.List());
  for (const SigningKeyRecord& key : keys) {
    const bool retired = key.state == KeyState::kRetired;
    if ((!retired && key.state != KeyState::kTainted) || key.sealed_private.empty()) continue;
    const auto since = retired ? key.retired_at : key.tainted_at;
    if (now < since.value_or(now) + policy_.erase_after) continue;
    KeyChange change(now);
    change.by.reason = "PLANNED_ROTATION";
    const auto erased = keys_.Erase(key.kid, change);
    if (absl::IsAborted(erased.status())) continue;  // by another replica
    SIGNET_RETURN_IF_ERROR(erased.status());
    report.erased.push_back(key.kid);
  }
  return absl::OkStatus();
}

}  // namespace signet::domain
