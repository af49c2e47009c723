#include "client/audit/log_verifier.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace signet::audit {
namespace {

constexpr int64_t kMostMissing = 1'000'000;

}  // namespace

absl::string_view FindingName(FindingKind kind) {
  switch (kind) {
    case FindingKind::kEventChanged:
      return "EVENT_CHANGED";
    case FindingKind::kColumnChanged:
      return "COLUMN_CHANGED";
    case FindingKind::kEventMissing:
      return "EVENT_MISSING";
    case FindingKind::kEventUnsealed:
      return "EVENT_UNSEALED";
    case FindingKind::kLeafMissing:
      return "LEAF_MISSING";
    case FindingKind::kOrderOrLeafChanged:
      return "ORDER_OR_LEAF_CHANGED";
    case FindingKind::kCheckpointInvalid:
      return "CHECKPOINT_INVALID";
    case FindingKind::kCheckpointMissing:
      return "CHECKPOINT_MISSING";
    case FindingKind::kRolledBack:
      return "ROLLED_BACK";
    case FindingKind::kForked:
      return "FORKED";
    case FindingKind::kRetiredTooEarly:
      return "RETIRED_TOO_EARLY";
    case FindingKind::kPersonalDataMissing:
      return "PERSONAL_DATA_MISSING";
  }
  return "";
}

LogVerifier::LogVerifier(CheckpointVerifier key, const std::vector<std::string>& kept)
    : key_(std::move(key)) {
  for (const std::string& note : kept) {
    auto checkpoint = key_.Read(note);
    if (checkpoint.ok()) {
      const int64_t size = checkpoint->size;
      kept_.emplace(size, *std::move(checkpoint));
    } else {
      Report({FindingKind::kCheckpointInvalid,
              -1,
              {},
              absl::StrCat("kept outside: ", checkpoint.status().message())});
    }
  }
}

void LogVerifier::Retired(int64_t size, absl::string_view edge, absl::string_view note,
                          absl::Time now, absl::Duration retention) {
  const auto checkpoint = key_.Read(note);
  auto tree = TreeEdge::From(size, edge);
  if (!checkpoint.ok() || !tree || checkpoint->size != size || tree->root() != checkpoint->root) {
    Report(
        {FindingKind::kCheckpointInvalid,
         size,
         {},
         absl::StrCat("the first ", size, " events were dropped, and no checkpoint proves them")});
    diverged_ = true;
  } else if (checkpoint->at > now - retention) {
    Report(
        {FindingKind::kRetiredTooEarly,
         size,
         {},
         absl::StrCat("the first ", size, " events were dropped as too old, the newest sealed at ",
                      absl::FormatTime(checkpoint->at, absl::UTCTimeZone()))});
  }
  if (tree) tree_ = *std::move(tree);
  // What a kept checkpoint says of the dropped part alone cannot be computed any more.
  kept_.erase(kept_.begin(), kept_.lower_bound(size));
  CompareKept();
}

void LogVerifier::Leaf(const SealedEvent& event) {
  if (event.index != tree_.size()) {
    Report({FindingKind::kLeafMissing,
            tree_.size(),
            {},
            absl::StrCat("after leaf ", tree_.size() - 1, " comes leaf ", event.index)});
    // The places of the missing ones are kept, so that the rest is still judged by its own numbers.
    const int64_t gap = event.index - tree_.size();
    for (int64_t i = 0; i < std::min(gap, kMostMissing); ++i) tree_.Append(Hash(kHashSize, 0));
  }
  if (!event.row) {
    Report({FindingKind::kEventMissing, event.index, event.event_id, "it was sealed and is gone"});
    tree_.Append(event.leaf_hash);
  } else {
    CheckRow(event, *event.row);
    // By what is there now, not by what the leaf claims: a change shows in the root as well.
    tree_.Append(LeafHash(event.row->content));
  }
  CompareKept();
}

void LogVerifier::CheckRow(const SealedEvent& event, const SealedEvent::Row& row) {
  const auto content = DecodeEvent(row.content);
  if (LeafHash(row.content) != event.leaf_hash || !content || content->id != event.event_id) {
    Report({FindingKind::kEventChanged, event.index, event.event_id,
            "its content is not what was sealed"});
    return;
  }
  const char* wrong = nullptr;
  if (row.id != content->id) wrong = "id";
  if (row.at != content->at) wrong = "at";
  if (row.action != content->action) wrong = "action";
  if (row.outcome != content->outcome) wrong = "outcome";
  if (row.actor != content->actor) wrong = "actor";
  if (row.subject != content->subject) wrong = "subject";
  if (row.session != content->session) wrong = "session";
  if (wrong != nullptr) {
    Report({FindingKind::kColumnChanged, event.index, event.event_id,
            absl::StrCat("column ", wrong, " is not what was sealed")});
  }
}

void LogVerifier::CheckpointNote(absl::string_view note) {
  const auto checkpoint = key_.Read(note);
  if (!checkpoint.ok()) {
    Report({FindingKind::kCheckpointInvalid,
            tree_.size(),
            {},
            std::string(checkpoint.status().message())});
    chain_begun_ = false;  // the next one names this one, which proves nothing
    return;
  }
  if (chain_begun_ && checkpoint->previous != last_note_hash_) {
    Report(
        {FindingKind::kCheckpointMissing,
         checkpoint->size,
         {},
         absl::StrCat("the checkpoint before that of ", checkpoint->size, " events is not there")});
  }
  chain_begun_ = true;
  last_note_hash_ = NoteHash(note);
  if (checkpoint->size > tree_.size()) {
    Report({FindingKind::kRolledBack,
            checkpoint->size,
            {},
            absl::StrCat("a checkpoint covers ", checkpoint->size, " events, the log has ",
                         tree_.size())});
    return;
  }
  if (checkpoint->size != tree_.size() || checkpoint->root != tree_.root()) {
    if (!diverged_) {
      Report({FindingKind::kOrderOrLeafChanged,
              sealed_size_,
              {},
              absl::StrCat("between leaf ", sealed_size_, " and leaf ", checkpoint->size - 1,
                           " the log is not the one that was signed")});
    }
    diverged_ = true;
    return;
  }
  ++checkpoints_;
  sealed_size_ = checkpoint->size;
}

// Every kept checkpoint of exactly the tree as it is now.
void LogVerifier::CompareKept() {
  const auto [first, last] = kept_.equal_range(tree_.size());
  for (auto it = first; it != last; ++it) {
    if (it->second.root == tree_.root()) continue;
    Report({FindingKind::kForked,
            it->first,
            {},
            absl::StrCat("a checkpoint of ", it->first,
                         " events that was kept outside was signed over another history")});
  }
  kept_.erase(first, last);
}

void LogVerifier::Finish() {
  for (const auto& [size, checkpoint] : kept_) {
    if (size <= tree_.size()) continue;
    Report({FindingKind::kRolledBack,
            size,
            {},
            absl::StrCat("a checkpoint that was kept outside covers ", size,
                         " events, the log has ", tree_.size())});
    break;  // the smallest says it
  }
}

}  // namespace signet::audit
