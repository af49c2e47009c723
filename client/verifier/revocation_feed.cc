#include "client/verifier/revocation_feed.h"

#include <algorithm>
#include <optional>
#include <utility>

namespace signet::verifier {
namespace {

using token::RevocationKind;
using token::RevocationRecord;
using token::RevocationSet;
using v1::WatchRevocationsResponse;

absl::Time ToTime(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

google::protobuf::Timestamp ToTimestamp(absl::Time time) {
  google::protobuf::Timestamp timestamp;
  const int64_t seconds = absl::ToUnixSeconds(time);  // rounded down
  timestamp.set_seconds(seconds);
  timestamp.set_nanos(
      static_cast<int32_t>(absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(seconds))));
  return timestamp;
}

// Nothing for a kind that this library does not know.
std::optional<RevocationKind> ToKind(v1::RevocationKind kind) {
  switch (kind) {
    case v1::REVOCATION_KIND_TOKEN:
      return RevocationKind::kToken;
    case v1::REVOCATION_KIND_SESSION:
      return RevocationKind::kSession;
    case v1::REVOCATION_KIND_USER:
      return RevocationKind::kUser;
    case v1::REVOCATION_KIND_KEY:
      return RevocationKind::kKey;
    case v1::REVOCATION_KIND_TENANT:
      return RevocationKind::kTenant;
    default:
      return std::nullopt;
  }
}

}  // namespace

RevocationFeed::RevocationFeed(Knowledge& knowledge, const base::Clock& clock,
                               VerifierObserver* observer)
    : knowledge_(knowledge), clock_(clock), observer_(observer) {}

v1::WatchRevocationsRequest RevocationFeed::Begin() {
  collecting_ = false;
  parts_.clear();
  // What we did not understand may have been followed by much that we did: only a snapshot tells
  // whether it is still there.
  resuming_ = set_ != nullptr && last_sequence_ != 0 && !blind_;
  heard_ = resuming_ ? last_sequence_ : 0;
  v1::WatchRevocationsRequest request;
  if (!resuming_) return request;
  request.set_resume_after(last_sequence_);
  *request.mutable_resume_record_time() = ToTimestamp(last_recorded_at_);
  return request;
}

bool RevocationFeed::Take(const WatchRevocationsResponse& message) {
  bool taken = false;
  switch (message.kind()) {
    case WatchRevocationsResponse::KIND_SNAPSHOT:
    case WatchRevocationsResponse::KIND_SNAPSHOT_END:
      taken = TakeSnapshotPart(message);
      break;
    case WatchRevocationsResponse::KIND_DELTA:
      taken = TakeDelta(message);
      break;
    default:
      break;
  }
  if (!taken) last_sequence_ = 0;
  return taken;
}

bool RevocationFeed::TakeSnapshotPart(const WatchRevocationsResponse& message) {
  if (!collecting_) {
    collecting_ = true;
    part_is_blind_ = false;
    parts_.clear();
  }
  // The server read its log anew and begins once more: what it told of the old one goes.
  if (!parts_.empty() && !message.revocations().empty() &&
      message.revocations(0).sequence() <= parts_.back().sequence) {
    part_is_blind_ = false;
    parts_.clear();
  }
  if (!Read(message, parts_.empty() ? 0 : parts_.back().sequence, parts_)) return false;
  if (message.kind() == WatchRevocationsResponse::KIND_SNAPSHOT) return true;
  heard_ = message.sequence();
  collecting_ = false;
  resuming_ = true;  // what follows builds on it
  set_ = RevocationSet().With(parts_, AsOf(message), clock_.Now());
  blind_ = part_is_blind_;
  last_sequence_ = parts_.empty() ? 0 : parts_.back().sequence;
  last_recorded_at_ = parts_.empty() ? absl::Time() : parts_.back().recorded_at;
  parts_ = {};
  Publish();
  return true;
}

bool RevocationFeed::TakeDelta(const WatchRevocationsResponse& message) {
  if (collecting_ || !resuming_ || message.sequence() < heard_) return false;
  std::vector<RevocationRecord> records;
  part_is_blind_ = false;
  if (!Read(message, heard_, records)) return false;
  blind_ = blind_ || part_is_blind_;
  // After a change of servers the new one may have looked at its log longer ago than the old one.
  const absl::Time as_of = std::max(AsOf(message), set_->as_of());
  set_ = set_->With(records, as_of, clock_.Now());
  heard_ = message.sequence();
  if (!records.empty()) {
    last_sequence_ = records.back().sequence;
    last_recorded_at_ = records.back().recorded_at;
  }
  Publish();
  ReportLags(records);
  return true;
}

// Sequences ascend, and may leave some out: entries that have expired are not sent.
bool RevocationFeed::Read(const WatchRevocationsResponse& message, int64_t after,
                          std::vector<RevocationRecord>& records) {
  const bool has_end = message.kind() != WatchRevocationsResponse::KIND_SNAPSHOT;
  for (const v1::Revocation& entry : message.revocations()) {
    if (entry.sequence() <= after || (has_end && entry.sequence() > message.sequence())) {
      return false;
    }
    after = entry.sequence();
    const auto kind = ToKind(entry.kind());
    if (!kind) {
      part_is_blind_ = true;
      continue;
    }
    records.push_back({.sequence = entry.sequence(),
                       .kind = *kind,
                       .subject = entry.subject(),
                       .not_before = ToTime(entry.not_before()),
                       .recorded_at = ToTime(entry.record_time()),
                       .expires_at = ToTime(entry.expire_time())});
  }
  return true;
}

// By a server's clock that is ahead, knowledge would count as fresh for as long after the server's
// end; nothing is known sooner than it is heard.
absl::Time RevocationFeed::AsOf(const WatchRevocationsResponse& message) const {
  return std::min(ToTime(message.as_of()), clock_.Now());
}

void RevocationFeed::Publish() {
  const bool newer = set_->as_of() >= in_force_as_of_;
  if (newer) in_force_as_of_ = set_->as_of();
  if (blind_) {
    const auto most = newer ? set_ : knowledge_.revocations().Share();
    return knowledge_.PutRevocations(most->With({}, absl::InfinitePast(), clock_.Now()));
  }
  if (newer) knowledge_.PutRevocations(set_);
}

void RevocationFeed::ReportLags(const std::vector<RevocationRecord>& records) const {
  if (observer_ == nullptr) return;
  const absl::Time now = clock_.Now();
  for (const RevocationRecord& record : records) {
    observer_->OnRevocationApplied(std::max(now - record.recorded_at, absl::ZeroDuration()));
  }
}

}  // namespace signet::verifier
