#include "server/audit/sealer.h"

#include <map>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"

namespace signet::audit {
namespace {

const absl::Time kSealedAt = absl::FromUnixSeconds(1'795'000'000);

// The port in memory: what is visible, and what is sealed.
class FakeTreeStore final : public domain::AuditTreeStore {
 public:
  void Happens(int number) {
    waiting_.push_back({domain::AuditEventId::New(kSealedAt), kSealedAt - absl::Seconds(2),
                        LeafHash(absl::StrCat(number)), absl::StrCat(number)});
  }
  absl::StatusOr<domain::AuditUnsealed> ReadUnsealed(int limit) override {
    domain::AuditUnsealed unsealed{size, edge, note, {}};
    for (size_t i = 0; i < waiting_.size() && i < static_cast<size_t>(limit); ++i) {
      unsealed.events.push_back(waiting_[i]);
    }
    if (after_read) std::exchange(after_read, nullptr)();
    return unsealed;
  }
  absl::StatusOr<bool> Seal(const domain::AuditSealing& sealing) override {
    if (sealing.previous_size != size) return false;
    for (const auto& event : sealing.events) leaves.push_back(event.leaf_hash);
    for (const auto& node : sealing.nodes) nodes[{node.level, node.index}] = node.hash;
    waiting_.erase(waiting_.begin(),
                   waiting_.begin() + static_cast<ptrdiff_t>(sealing.events.size()));
    size += static_cast<int64_t>(sealing.events.size());
    edge = sealing.edge;
    note = sealing.note;
    return true;
  }

  int64_t size = 0;
  std::string edge;
  std::string note;
  std::vector<Hash> leaves;
  std::map<Node, Hash> nodes;
  std::function<void()> after_read;

 private:
  std::vector<domain::AuditUnsealed::Event> waiting_;
};

class Board final : public CheckpointPublisher {
 public:
  void Publish(const Checkpoint& checkpoint, const std::string&) override {
    published.push_back(checkpoint);
  }
  std::vector<Checkpoint> published;
};

class SealerTest : public testing::Test {
 protected:
  Hash RootOfLeaves() const {
    TreeEdge tree;
    for (const Hash& leaf : store_.leaves) tree.Append(leaf);
    return tree.root();
  }

  FakeTreeStore store_;
  const CheckpointSigner signer_ =
      *CheckpointSigner::FromSeed("log", base::Secret(std::string(32, 's')));
  Board board_;
  Sealer sealer_{store_, signer_, board_};
};

//
TEST_F(SealerTest, SignsTheTreeOfWhatHappenedInOrder) {
  for (int i = 0; i < 5; ++i) store_.Happens(i);
  const auto first = sealer_.Run(kSealedAt);
  EXPECT_EQ(first->events, 5);
  EXPECT_EQ(first->lag, absl::Seconds(2));
  store_.Happens(5);
  EXPECT_EQ(sealer_.Run(kSealedAt)->events, 1);
  EXPECT_EQ(sealer_.Run(kSealedAt)->events, 0);
  ASSERT_EQ(board_.published.size(), 2u);
  EXPECT_EQ(board_.published[1].size, 6);
  EXPECT_EQ(board_.published[1].root, RootOfLeaves());
  EXPECT_EQ(signer_.verifier().Read(store_.note)->root, RootOfLeaves());
  EXPECT_NE(board_.published[1].previous, "");
}

TEST_F(SealerTest, TakesMoreThanOneBatchAndKeepsTheNodesOfProofs) {
  for (int i = 0; i < 2500; ++i) store_.Happens(i);
  EXPECT_EQ(sealer_.Run(kSealedAt)->events, 2500);
  EXPECT_EQ(board_.published.back().root, RootOfLeaves());
  EXPECT_EQ(store_.nodes.size(), 9u);  // 2500 / 256
  // With the stored nodes a proof needs few leaves.
  int leaves_read = 0;
  const NodeSource source = [&](const Node& node) -> absl::StatusOr<std::optional<Hash>> {
    if (const auto found = store_.nodes.find(node); found != store_.nodes.end()) {
      return found->second;
    }
    if (node.level > 0) return std::nullopt;
    ++leaves_read;
    return store_.leaves[static_cast<size_t>(node.index)];
  };
  const auto proof = InclusionProof(700, 2500, source);
  ASSERT_TRUE(proof.ok());
  EXPECT_TRUE(VerifyInclusion(store_.leaves[700], 700, 2500, *proof, RootOfLeaves()));
  EXPECT_LT(leaves_read, 512);
}

// Of two processes one gives a leaf its number, and both publish.
TEST_F(SealerTest, WhoLosesTheRacePublishesWhatTheWinnerSigned) {
  Board other_board;
  Sealer other(store_, signer_, other_board);
  for (int i = 0; i < 3; ++i) store_.Happens(i);
  store_.after_read = [&] { EXPECT_EQ(other.Run(kSealedAt)->events, 3); };
  EXPECT_EQ(sealer_.Run(kSealedAt)->events, 0);
  EXPECT_EQ(store_.leaves.size(), 3u);
  EXPECT_EQ(board_.published, other_board.published);
}

// nothing is signed on top of a tree that is not the one that was signed before.
TEST_F(SealerTest, RefusesToGoOnFromAChangedTree) {
  for (int i = 0; i < 3; ++i) store_.Happens(i);
  ASSERT_TRUE(sealer_.Run(kSealedAt).ok());
  store_.Happens(3);
  const std::string edge = store_.edge;
  store_.edge[0] ^= 1;
  EXPECT_EQ(sealer_.Run(kSealedAt).status().code(), absl::StatusCode::kDataLoss);
  store_.edge = edge;
  store_.note[0] ^= 1;
  EXPECT_EQ(sealer_.Run(kSealedAt).status().code(), absl::StatusCode::kDataLoss);
}

TEST_F(SealerTest, NoticesALogThatWasPutBack) {
  for (int i = 0; i < 3; ++i) store_.Happens(i);
  ASSERT_TRUE(sealer_.Run(kSealedAt).ok());
  const auto [size, edge, note] = std::tuple(store_.size, store_.edge, store_.note);
  store_.Happens(3);
  ASSERT_TRUE(sealer_.Run(kSealedAt).ok());
  store_.size = size;
  store_.edge = edge;
  store_.note = note;
  EXPECT_EQ(sealer_.Run(kSealedAt).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace signet::audit
