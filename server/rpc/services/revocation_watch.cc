#include "server/rpc/services/revocation_watch.h"

#include <algorithm>
#include <utility>

#include "client/base/status_macros.h"
#include "server/rpc/convert/revocation_messages.h"
#include "server/rpc/convert/well_known.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {
namespace {

using RevocationsResponse = v1::WatchRevocationsResponse;
using History = domain::RevocationHistory;

// Of one delta. A watcher that is further behind when it resumes begins with a snapshot.
constexpr size_t kMostRecords = 5000;
// Of one part of a snapshot: what encoding and compressing it takes of a gRPC thread at once.
constexpr size_t kSnapshotPart = 1000;
// Below this gzip costs more than it saves.
constexpr size_t kWorthCompressing = 16;
// Streams are woken every 900 ms: a watcher that has just been told something is not told again,
// and none waits longer than a second.
constexpr absl::Duration kRevocationHeartbeat = absl::Milliseconds(100);

bool Same(History::Place left, History::Place right) {
  return left.reading == right.reading && left.sequence == right.sequence;
}

// `as_of` is left out where nothing is known of it.
grpc::ByteBuffer Encode(RevocationsResponse::Kind kind,
                        const std::vector<token::RevocationRecord>& records, int64_t sequence,
                        absl::Time as_of) {
  google::protobuf::Arena arena;
  auto* message = google::protobuf::Arena::CreateMessage<RevocationsResponse>(&arena);
  message->set_kind(kind);
  for (const auto& record : records) FromRevocation(record, *message->add_revocations());
  message->set_sequence(sequence);
  if (as_of != absl::InfinitePast()) SetTimestamp(as_of, *message->mutable_as_of());
  grpc::ByteBuffer bytes;
  (void)WriteMessage(*message, bytes);  // fails for messages of 2 GiB
  return bytes;
}

}  // namespace

// Used by one thread at a time.
class RevocationWatches::Watch final : public StreamHandler {
 public:
  explicit Watch(RevocationWatches& all) : all_(all), history_(all.history_) {}

  absl::Status Read(grpc::ByteBuffer& bytes, absl::Time now) override {
    v1::WatchRevocationsRequest request;
    SIGNET_RETURN_IF_ERROR(ReadMessage(bytes, request));
    SIGNET_ASSIGN_OR_RETURN(resume_, ToResumePoint(request));
    if (resume_) {
      place_.sequence = resume_->sequence;
    } else {
      BeginSnapshot();
    }
    asked_at_ = now;
    return absl::OkStatus();
  }

  bool MayRead() const override { return !asked_at_; }
  bool EndsWithCaller() const override { return false; }
  bool compresses() const override { return true; }

  std::optional<StreamMessage> Next(absl::Time now) override {
    if (!asked_at_) return std::nullopt;
    const History::End end = history_.end();
    if (resume_ && !Resume(end)) return Wait(end, now);
    if (!in_snapshot_ && place_.reading != end.place.reading) BeginSnapshot();
    if (in_snapshot_) return NextOfSnapshot(now);
    if (end.place.sequence <= place_.sequence && !IsDue(now)) return std::nullopt;
    return NextDelta(now);
  }

  void Written(absl::Time now) override {
    all_.metrics_.records.Add(writing_.part, writing_.records);
    if (writing_.recorded_at) all_.metrics_.lag.Observe(now - *writing_.recorded_at);
    live_ = live_ || (!in_snapshot_ && !resume_);
  }

 private:
  struct Writing {
    observe::WatchPart part = observe::WatchPart::kDelta;
    size_t records = 0;
    std::optional<absl::Time> recorded_at;  // of the oldest, where it came while this was open
  };

  void BeginSnapshot() {
    place_ = {history_.end().place.reading, 0};
    in_snapshot_ = true;
  }

  // False: it is too early to say where.
  bool Resume(const History::End& end) {
    if (resume_->sequence > end.place.sequence && end.as_of <= *asked_at_) return false;
    if (history_.Holds(resume_->sequence, resume_->recorded_at) &&
        history_.CountAfter(resume_->sequence) <= kMostRecords) {
      place_ = {end.place.reading, resume_->sequence};
    } else {
      BeginSnapshot();
    }
    resume_.reset();
    return true;
  }

  // What was committed before `as_of` lies before the entry that the watcher has applied.
  std::optional<StreamMessage> Wait(const History::End& end, absl::Time now) {
    if (!IsDue(now)) return std::nullopt;
    return Begin({}, {Encode(RevocationsResponse::KIND_DELTA, {}, place_.sequence, end.as_of)},
                 now);
  }

  std::optional<StreamMessage> NextOfSnapshot(absl::Time now) {
    auto part = history_.ReadAfter(place_, kSnapshotPart);
    while (
        !part) {  // read anew meanwhile: what was sent of the old one is too much, not too little
      BeginSnapshot();
      part = history_.ReadAfter(place_, kSnapshotPart);
    }
    place_ = part->next;
    in_snapshot_ = !part->whole;
    if (part->whole) told_ = part->as_of;
    StreamMessage message;
    message.bytes = Encode(
        part->whole ? RevocationsResponse::KIND_SNAPSHOT_END : RevocationsResponse::KIND_SNAPSHOT,
        part->records, part->whole ? place_.sequence : 0,
        part->whole ? told_ : absl::InfinitePast());
    message.compressed = part->records.size() >= kWorthCompressing;
    return Begin({observe::WatchPart::kSnapshot, part->records.size(), {}}, std::move(message),
                 now);
  }

  std::optional<StreamMessage> NextDelta(absl::Time now) {
    const auto delta = all_.DeltaAfter(place_, told_);
    if (delta == nullptr) {
      BeginSnapshot();
      return NextOfSnapshot(now);
    }
    place_ = delta->next;
    told_ = delta->as_of;
    Writing writing{observe::WatchPart::kDelta, delta->records, {}};
    if (live_ && delta->records > 0) writing.recorded_at = delta->oldest;
    return Begin(writing, {delta->bytes}, now);
  }

  StreamMessage Begin(const Writing& writing, StreamMessage message, absl::Time now) {
    writing_ = writing;
    last_ = now;
    return message;
  }

  // A clock that was set back makes it due.
  bool IsDue(absl::Time now) const { return now >= last_ + kRevocationHeartbeat || now < last_; }

  RevocationWatches& all_;
  const History& history_;
  std::optional<absl::Time> asked_at_;
  std::optional<ResumePoint> resume_;  // not decided yet
  bool in_snapshot_ = false;
  bool live_ = false;  // it has been told all that was there when it came
  History::Place place_;
  absl::Time told_ = absl::InfinitePast();
  absl::Time last_ = absl::InfinitePast();
  Writing writing_;
};

std::unique_ptr<StreamHandler> RevocationWatches::Open() { return std::make_unique<Watch>(*this); }

std::shared_ptr<const RevocationWatches::Delta> RevocationWatches::Find(
    History::Place after, const History::End& end) const {
  base::MutexLock lock(mutex_);
  for (const Cached& cached : cached_) {
    if (cached.delta != nullptr && Same(cached.after, after) && Same(cached.end.place, end.place) &&
        cached.end.as_of == end.as_of) {
      return cached.delta;
    }
  }
  return nullptr;
}

// Null: the log has been read anew. `told`: what the watcher knows already, and all that can be
// said while there is more behind this delta.
std::shared_ptr<const RevocationWatches::Delta> RevocationWatches::DeltaAfter(History::Place after,
                                                                              absl::Time told) {
  if (auto found = Find(after, history_.end())) return found;
  const auto part = history_.ReadAfter(after, kMostRecords);
  if (!part) return nullptr;
  auto delta = std::make_shared<Delta>();
  delta->next = part->next;
  delta->as_of = part->whole ? part->as_of : told;
  delta->records = part->records.size();
  for (const auto& record : part->records) {
    delta->oldest = std::min(delta->oldest, record.recorded_at);
  }
  delta->bytes =
      Encode(RevocationsResponse::KIND_DELTA, part->records, delta->next.sequence, delta->as_of);
  if (!part->whole) return delta;
  base::MutexLock lock(mutex_);
  cached_[oldest_cached_] = {after, {part->next, part->as_of}, delta};
  oldest_cached_ = (oldest_cached_ + 1) % cached_.size();
  return delta;
}

}  // namespace signet::rpc
