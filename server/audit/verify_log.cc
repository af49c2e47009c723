#include "server/audit/verify_log.h"

#include <cstdint>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/big_endian.h"
#include "client/base/status_macros.h"

namespace signet::audit {
namespace {

constexpr int kPage = 1000;
constexpr int kMostUnsealed = 1000;
// Longer than any transaction of the service lasts, and than a sealer that is restarted is away.
constexpr absl::Duration kSealedWithin = absl::Minutes(10);

// RFC 9562 section 5.7: a version 7 id begins with 48 bits of milliseconds.
absl::Time TimeOf(const base::Uuid& id) {
  return absl::FromUnixMillis(static_cast<int64_t>(base::ReadBigEndian(id.bytes().substr(0, 6))));
}

SealedEvent ToSealedEvent(const domain::StoredAuditLeaf& leaf) {
  SealedEvent sealed;
  sealed.index = leaf.index;
  sealed.event_id = leaf.event_id.uuid();
  sealed.leaf_hash = leaf.leaf_hash;
  if (!leaf.event) return sealed;
  const domain::StoredAuditEvent& event = *leaf.event;
  sealed.row = SealedEvent::Row{
      event.content,
      event.id.uuid(),
      event.at,
      std::string(domain::AuditActionName(static_cast<domain::AuditAction>(event.action))),
      event.outcome,
      event.actor,
      event.subject,
      event.session};
  return sealed;
}

// What a leaf says beside the hash: by its time the event is found.
void CheckTimeOfLeaf(const domain::StoredAuditLeaf& leaf, LogVerifier& verifier) {
  if (!leaf.event) return;
  const auto content = DecodeEvent(leaf.event->content);
  if (!content || content->at == leaf.event_at) return;
  verifier.Report({FindingKind::kColumnChanged, leaf.index, leaf.event_id.uuid(),
                   "column event_at of its leaf is not what was sealed"});
}

// Personal data that ought to be there and is not, but for people who were erased.
class PersonalDataCheck {
 public:
  void See(const domain::StoredAuditLeaf& leaf) {
    if (!leaf.event) return;
    const auto content = DecodeEvent(leaf.event->content);
    if (!content) return;
    if (content->action == domain::AuditActionName(domain::AuditAction::kEraseUser) &&
        content->outcome == static_cast<int32_t>(domain::AuditOutcome::kSucceeded))
      erased_.insert(content->subject);
    if (content->personal_commitment.empty() || leaf.event->has_personal) return;
    const bool by_user =
        content->actor_kind == static_cast<int32_t>(domain::AuditActor::Kind::kUser);
    missing_.emplace(by_user ? content->actor : content->subject,
                     std::pair(leaf.index, content->id));
  }

  void Report(LogVerifier& verifier) const {
    for (const auto& [person, event] : missing_) {
      if (erased_.count(person) != 0) continue;
      verifier.Report({FindingKind::kPersonalDataMissing, event.first, event.second,
                       "its personal data is gone, and nobody erased the person"});
    }
  }

 private:
  std::multimap<base::Uuid, std::pair<int64_t, base::Uuid>> missing_;
  std::set<base::Uuid> erased_;
};

}  // namespace

absl::StatusOr<Verification> VerifyLog(domain::AuditReader& reader, const CheckpointVerifier& key,
                                       const std::vector<std::string>& kept,
                                       absl::Duration retention, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const auto newest, reader.Newest());
  SIGNET_ASSIGN_OR_RETURN(const auto retired, reader.Retired());
  const int64_t until = newest ? newest->size : 0;
  int64_t next = 0;
  LogVerifier verifier(key, kept);
  Verification result;
  if (retired) {
    verifier.Retired(retired->size, retired->edge, retired->note, now, retention);
    next = result.retired = retired->size;
  }
  PersonalDataCheck personal;
  // Leaves up to `size`, which a checkpoint covers.
  const auto read_leaves = [&](int64_t size) -> absl::Status {
    while (next < size) {
      SIGNET_ASSIGN_OR_RETURN(const auto leaves, reader.Leaves(next, size, kPage));
      if (leaves.empty()) return absl::OkStatus();  // the checkpoint tells that they are missing
      for (const auto& leaf : leaves) {
        verifier.Leaf(ToSealedEvent(leaf));
        CheckTimeOfLeaf(leaf, verifier);
        personal.See(leaf);
      }
      next = leaves.back().index + 1;
    }
    return absl::OkStatus();
  };
  int64_t covered = next;
  while (covered < until) {
    SIGNET_ASSIGN_OR_RETURN(const auto checkpoints, reader.Checkpoints(covered, until, kPage));
    if (checkpoints.empty()) break;
    for (const auto& checkpoint : checkpoints) {
      SIGNET_RETURN_IF_ERROR(read_leaves(checkpoint.size));
      verifier.CheckpointNote(checkpoint.note);
      covered = checkpoint.size;
    }
  }
  // Leaves behind the newest checkpoint: it was removed, unless the sealer just added both.
  SIGNET_ASSIGN_OR_RETURN(const auto behind, reader.Leaves(until, INT64_MAX, 1));
  SIGNET_ASSIGN_OR_RETURN(const auto newest_now, reader.Newest());
  if (!behind.empty() && (newest_now ? newest_now->size : 0) == until) {
    verifier.Report({FindingKind::kCheckpointMissing,
                     until,
                     {},
                     absl::StrCat("leaf ", behind[0].index, " is in no checkpoint")});
  }
  SIGNET_ASSIGN_OR_RETURN(const auto unsealed,
                          reader.Unsealed(absl::InfiniteFuture(), kMostUnsealed));
  for (const domain::AuditEventId id : unsealed) {
    // The time stands in the id; the column beside it could be anything.
    const absl::Time at = TimeOf(id.uuid());
    if (at > now - kSealedWithin) {
      ++result.waiting;
      continue;
    }
    verifier.Report({FindingKind::kEventUnsealed, -1, id.uuid(), "it is old and in no checkpoint"});
  }
  verifier.Finish();
  personal.Report(verifier);
  result.findings = verifier.findings();
  result.events = verifier.size();
  result.checkpoints = verifier.checkpoints();
  return result;
}

}  // namespace signet::audit
