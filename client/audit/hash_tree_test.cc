#include "client/audit/hash_tree.h"

#include <map>

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"

namespace signet::audit {
namespace {

// The eight leaves and the roots of RFC 6962's reference implementation.
const std::vector<std::string> kInputs = {
    "",
    absl::HexStringToBytes("00"),
    absl::HexStringToBytes("10"),
    absl::HexStringToBytes("2021"),
    absl::HexStringToBytes("3031"),
    absl::HexStringToBytes("40414243"),
    absl::HexStringToBytes("5051525354555657"),
    absl::HexStringToBytes("606162636465666768696a6b6c6d6e6f")};
constexpr const char* kRoots[] = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"};

std::vector<Hash> Leaves(int64_t size) {
  std::vector<Hash> leaves;
  for (int64_t i = 0; i < size; ++i) leaves.push_back(LeafHash(absl::StrCat("event ", i)));
  return leaves;
}

NodeSource SourceOf(const std::vector<Hash>& leaves) {
  return [&leaves](const Node& node) -> absl::StatusOr<std::optional<Hash>> {
    if (node.level > 0 || node.index >= static_cast<int64_t>(leaves.size())) return std::nullopt;
    return leaves[static_cast<size_t>(node.index)];
  };
}

TEST(HashTree, HasTheRootsOfTheStandardsVectors) {
  TreeEdge tree;
  std::vector<Hash> leaves;
  for (size_t size = 0; size <= kInputs.size(); ++size) {
    EXPECT_EQ(absl::BytesToHexString(tree.root()), kRoots[size]) << size;
    EXPECT_EQ(absl::BytesToHexString(*RootOf(static_cast<int64_t>(size), SourceOf(leaves))),
              kRoots[size]);
    if (size == kInputs.size()) break;
    leaves.push_back(LeafHash(kInputs[size]));
    tree.Append(leaves.back());
  }
}

TEST(HashTree, GoesOnFromItsStoredEdge) {
  const auto leaves = Leaves(70);
  TreeEdge whole;
  for (int64_t i = 0; i < 70; ++i) {
    auto restored = TreeEdge::From(whole.size(), whole.edge());
    ASSERT_TRUE(restored.has_value());
    whole.Append(leaves[static_cast<size_t>(i)]);
    restored->Append(leaves[static_cast<size_t>(i)]);
    EXPECT_EQ(restored->root(), whole.root()) << i;
  }
  EXPECT_EQ(TreeEdge::From(70, whole.edge() + whole.edge()), std::nullopt);
  EXPECT_EQ(TreeEdge::From(-1, ""), std::nullopt);
}

TEST(HashTree, TellsEverySubtreeThatIsComplete) {
  std::map<Node, Hash> nodes;
  TreeEdge tree;
  const auto leaves = Leaves(64);
  for (const Hash& leaf : leaves) {
    tree.Append(leaf, [&](const Node& node, const Hash& hash) { nodes[node] = hash; });
  }
  EXPECT_EQ(nodes.size(), 127u);
  EXPECT_EQ(nodes.at({6, 0}), tree.root());
  for (int64_t i = 0; i < 32; ++i) {
    EXPECT_EQ(nodes.at({1, i}), NodeHash(nodes.at({0, 2 * i}), nodes.at({0, 2 * i + 1})));
  }
}

// a proof holds for its leaf at its place under its root, and for nothing else.
TEST(InclusionProof, HoldsForOneLeafAtOnePlace) {
  const auto leaves = Leaves(40);
  const NodeSource source = SourceOf(leaves);
  for (int64_t size = 1; size <= 40; ++size) {
    const Hash root = *RootOf(size, source);
    for (int64_t index = 0; index < size; ++index) {
      const auto proof = InclusionProof(index, size, source);
      ASSERT_TRUE(proof.ok()) << proof.status();
      const Hash& leaf = leaves[static_cast<size_t>(index)];
      EXPECT_TRUE(VerifyInclusion(leaf, index, size, *proof, root)) << index << " of " << size;
      EXPECT_FALSE(VerifyInclusion(LeafHash("another"), index, size, *proof, root));
      EXPECT_FALSE(VerifyInclusion(leaf, index, size, *proof, LeafHash("another")));
      if (size > 1) {
        EXPECT_FALSE(VerifyInclusion(leaf, (index + 1) % size, size, *proof, root));
      }
      auto longer = *proof;
      longer.push_back(root);
      EXPECT_FALSE(VerifyInclusion(leaf, index, size, longer, root));
    }
  }
  EXPECT_EQ(InclusionProof(40, 40, source).status().code(), absl::StatusCode::kInvalidArgument);
}

// Retention drops the first leaves and keeps the edge of the tree that they made: every later leaf
// can still be proven.
TEST(InclusionProof, NeedsOfDroppedLeavesTheirEdgeAlone) {
  const auto leaves = Leaves(100);
  for (int64_t dropped = 1; dropped < 100; dropped += 3) {
    std::map<Node, Hash> kept;
    TreeEdge edge;
    for (int64_t i = 0; i < dropped; ++i) edge.Append(leaves[static_cast<size_t>(i)]);
    const std::string hashes = edge.edge();
    int64_t begin = 0;
    size_t n = 0;
    for (int level = 62; level >= 0; --level) {
      if ((dropped >> level & 1) == 0) continue;
      kept[{level, begin >> level}] = hashes.substr(kHashSize * n++, kHashSize);
      begin += int64_t{1} << level;
    }
    const NodeSource source = [&](const Node& node) -> absl::StatusOr<std::optional<Hash>> {
      if (const auto found = kept.find(node); found != kept.end()) return found->second;
      if (node.level > 0 || node.index < dropped) return std::nullopt;
      return leaves[static_cast<size_t>(node.index)];
    };
    const Hash root = *RootOf(100, SourceOf(leaves));
    for (int64_t index = dropped; index < 100; ++index) {
      const auto proof = InclusionProof(index, 100, source);
      ASSERT_TRUE(proof.ok()) << proof.status() << " with " << dropped << " dropped";
      EXPECT_TRUE(VerifyInclusion(leaves[static_cast<size_t>(index)], index, 100, *proof, root));
    }
  }
}

}  // namespace
}  // namespace signet::audit
