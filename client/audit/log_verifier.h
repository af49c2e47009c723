#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/audit/checkpoint.h"
#include "client/audit/event_content.h"
#include "client/audit/hash_tree.h"

namespace signet::audit {

// What can be wrong with a log. Closed; the names are the tool's output.
enum class FindingKind {
  kEventChanged,         // the content is not what was hashed when it was written
  kColumnChanged,        // a column for queries does not say what the content says
  kEventMissing,         // sealed, and no longer there
  kEventUnsealed,        // there, and not sealed although it is old: added behind the log's back
  kLeafMissing,          // the numbers of the leaves have a gap
  kOrderOrLeafChanged,   // the leaves up to a checkpoint are not those it was signed over
  kCheckpointInvalid,    // not signed by the log's key, or not readable
  kCheckpointMissing,    // the one before is not the one it names
  kRolledBack,           // a checkpoint kept elsewhere covers events that the log no longer has
  kForked,               // a checkpoint kept elsewhere was signed over another history
  kRetiredTooEarly,      // dropped as too old, and was not
  kPersonalDataMissing,  // of an event of a person who was not erased
};
absl::string_view FindingName(FindingKind kind);  // "EVENT_CHANGED"

struct Finding {
  FindingKind kind;
  int64_t index = -1;  // of the leaf; -1 where it concerns none
  base::Uuid event;    // nil where it concerns none
  std::string text;    // for people, without personal data
};

// One sealed event, as the database or an export shows it.
struct SealedEvent {
  int64_t index = 0;
  base::Uuid event_id;  // what the leaf says
  Hash leaf_hash;
  // What there is of the event itself; nothing where it is gone.
  struct Row {
    std::string content;
    base::Uuid id;
    absl::Time at;
    std::string action;
    int32_t outcome = 0;
    base::Uuid actor, subject, session;  // nil: none
  };
  std::optional<Row> row;
};

// Checks a log against its signed checkpoints, believing nobody: every hash is computed
// here. Who can write the tables but has not the signing key is found whatever he changes, up to
// the newest checkpoint; with a checkpoint kept outside his reach, also when he puts back an older
// state of everything. Give it, in this order: the retired part if there is one, then leaves by
// index and checkpoints by size, each checkpoint after the leaves it covers. Used by one thread.
class LogVerifier {
 public:
  // `kept`: notes from outside the database, in any order. What they cover is compared too.
  LogVerifier(CheckpointVerifier key, const std::vector<std::string>& kept);

  // The first `size` leaves were dropped as older than `retention`; `edge` is what they leave of
  // the tree, `note` the checkpoint of that size.
  void Retired(int64_t size, absl::string_view edge, absl::string_view note, absl::Time now,
               absl::Duration retention);
  void Leaf(const SealedEvent& event);
  void CheckpointNote(absl::string_view note);
  // Something that the caller found by himself.
  void Report(Finding finding) { findings_.push_back(std::move(finding)); }
  // After everything.
  void Finish();

  const std::vector<Finding>& findings() const { return findings_; }
  int64_t size() const { return tree_.size(); }         // leaves seen, retired ones too
  int64_t checkpoints() const { return checkpoints_; }  // good ones of the log itself
  int64_t sealed_size() const { return sealed_size_; }  // of the newest good one

 private:
  void CheckRow(const SealedEvent& event, const SealedEvent::Row& row);
  void CompareKept();

  const CheckpointVerifier key_;
  std::multimap<int64_t, Checkpoint> kept_;  // not yet compared, by size
  std::vector<Finding> findings_;
  TreeEdge tree_;
  std::string last_note_hash_;
  bool chain_begun_ = false;
  bool diverged_ = false;  // said once: every later root differs too
  int64_t checkpoints_ = 0;
  int64_t sealed_size_ = 0;
};

}  // namespace signet::audit
