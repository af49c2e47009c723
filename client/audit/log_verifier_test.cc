#include "client/audit/log_verifier.h"

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace signet::audit {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

const absl::Time kLoggedAt = absl::FromUnixSeconds(1'795'000'000);

// A log of 20 events with a checkpoint after every fifth; each test changes what it likes and then
// reads the findings.
class LogVerifierTest : public testing::Test {
 protected:
  LogVerifierTest() {
    TreeEdge tree;
    std::string previous;
    for (int i = 0; i < 20; ++i) {
      events_.push_back(Event(i));
      tree.Append(events_.back().leaf_hash);
      if (i % 5 != 4) continue;
      const auto note = *signer_.Sign({"", tree.size(), tree.root(), kLoggedAt, previous});
      previous = NoteHash(note);
      notes_.push_back({tree.size(), note});
      edges_.push_back(tree.edge());
    }
  }

  static SealedEvent Event(int number) {
    EventContent content;
    content.id = base::Uuid::NewV7(kLoggedAt + absl::Milliseconds(number));
    content.at = kLoggedAt;
    content.action = "LOGIN";
    content.outcome = 1;
    SealedEvent event;
    event.index = number;
    event.event_id = content.id;
    event.row =
        SealedEvent::Row{EncodeEvent(content), content.id, kLoggedAt, "LOGIN", 1, {}, {}, {}};
    event.leaf_hash = LeafHash(event.row->content);
    return event;
  }

  std::vector<FindingKind> Findings() {
    LogVerifier verifier(signer_.verifier(), kept_);
    if (retired_) {
      verifier.Retired(retired_->first, retired_->second, notes_.front().second, kLoggedAt,
                       retention_);
    }
    size_t event = 0;
    for (const auto& [size, note] : notes_) {
      if (retired_ && size < retired_->first) continue;
      for (; event < events_.size() && events_[event].index < size; ++event) {
        verifier.Leaf(events_[event]);
      }
      verifier.CheckpointNote(note);
    }
    for (; event < events_.size(); ++event) verifier.Leaf(events_[event]);
    verifier.Finish();
    findings_ = verifier.findings();
    std::vector<FindingKind> kinds;
    for (const Finding& finding : findings_) kinds.push_back(finding.kind);
    return kinds;
  }

  const CheckpointSigner signer_ =
      *CheckpointSigner::FromSeed("log", base::Secret(std::string(32, 's')));
  std::vector<SealedEvent> events_;
  std::vector<std::pair<int64_t, std::string>> notes_;
  std::vector<std::string> edges_;
  std::vector<std::string> kept_;
  std::optional<std::pair<int64_t, std::string>> retired_;
  absl::Duration retention_ = absl::ZeroDuration();
  std::vector<Finding> findings_;
};

TEST_F(LogVerifierTest, FindsNothingInALogThatNobodyTouched) {
  kept_ = {notes_[1].second, notes_[3].second};
  EXPECT_THAT(Findings(), IsEmpty());
}

// change, by somebody who changed the leaf's hash with the event.
TEST_F(LogVerifierTest, FindsAChangedEventAndWhereItIs) {
  const SealedEvent other = Event(99);
  events_[7].row->content = other.row->content;
  EXPECT_THAT(Findings(),
              ElementsAre(FindingKind::kEventChanged, FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(findings_[0].index, 7);
  events_[7] = other;
  events_[7].index = 7;
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(findings_[0].index, 5);
  EXPECT_THAT(findings_[0].text, testing::HasSubstr("between leaf 5 and leaf 9"));
}

TEST_F(LogVerifierTest, FindsAColumnThatLies) {
  events_[3].row->outcome = 2;
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kColumnChanged));
  EXPECT_EQ(findings_[0].event, events_[3].event_id);
}

// removal, of the event alone and with its leaf.
TEST_F(LogVerifierTest, FindsARemovedEvent) {
  events_[11].row.reset();
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kEventMissing));
  events_.erase(events_.begin() + 11);
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kLeafMissing, FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(findings_[0].index, 11);
}

// reordering.
TEST_F(LogVerifierTest, FindsTwoEventsThatChangedPlaces) {
  std::swap(events_[11], events_[12]);
  events_[11].index = 11;
  events_[12].index = 12;
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kOrderOrLeafChanged));
  EXPECT_EQ(findings_[0].index, 10);
}

// truncation, with and without the checkpoints that tell of it.
TEST_F(LogVerifierTest, FindsACutEnd) {
  events_.resize(18);
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kRolledBack));
  // Everything is put back to the older state: only who kept a checkpoint can know.
  events_.resize(15);
  kept_ = {notes_.back().second};
  notes_.pop_back();
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kRolledBack));
  kept_.clear();
  EXPECT_THAT(Findings(), IsEmpty());
}

// a history that was written anew and signed anew, by a thief of the key.
TEST_F(LogVerifierTest, FindsASecondHistoryByAKeptCheckpoint) {
  TreeEdge other;
  for (int i = 0; i < 10; ++i) other.Append(LeafHash(absl::StrCat(i)));
  kept_ = {*signer_.Sign({"", 10, other.root(), kLoggedAt, ""})};
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kForked));
}

TEST_F(LogVerifierTest, FindsARemovedOrForgedCheckpoint) {
  const auto removed = notes_[1];
  notes_.erase(notes_.begin() + 1);
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kCheckpointMissing));
  notes_.insert(notes_.begin() + 1, {10, removed.second + "x"});
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kCheckpointInvalid));
}

TEST_F(LogVerifierTest, GoesOnBehindWhatRetentionDropped) {
  retired_ = {5, edges_[0]};
  events_.erase(events_.begin(), events_.begin() + 5);
  EXPECT_THAT(Findings(), IsEmpty());
  // Dropped under the pretext of being old.
  retention_ = absl::Hours(24);
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kRetiredTooEarly));
  retention_ = absl::ZeroDuration();
  retired_->second[0] ^= 1;
  EXPECT_THAT(Findings(), ElementsAre(FindingKind::kCheckpointInvalid));
}

}  // namespace
}  // namespace signet::audit
