#include "client/audit/hash_tree.h"

#include <bit>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"

namespace signet::audit {
namespace {

int64_t LargestPowerBelow(int64_t size) {
  return static_cast<int64_t>(std::bit_floor(static_cast<uint64_t>(size - 1)));
}

absl::StatusOr<Hash> HashOfNode(const Node& node, const NodeSource& source) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<Hash> known, source(node));
  if (known) return *std::move(known);
  if (node.level == 0) return absl::NotFoundError(absl::StrCat("leaf ", node.index, " is missing"));
  SIGNET_ASSIGN_OR_RETURN(const Hash left, HashOfNode({node.level - 1, 2 * node.index}, source));
  SIGNET_ASSIGN_OR_RETURN(const Hash right,
                          HashOfNode({node.level - 1, 2 * node.index + 1}, source));
  return NodeHash(left, right);
}

// MTH(D[begin:end]); `begin` is a multiple of the least power of two that is not below the length,
// as every range is that halving a tree from its beginning gives.
absl::StatusOr<Hash> HashOfRange(int64_t begin, int64_t end, const NodeSource& source) {
  const int64_t size = end - begin;
  if (std::has_single_bit(static_cast<uint64_t>(size))) {
    const int level = std::countr_zero(static_cast<uint64_t>(size));
    return HashOfNode({level, begin >> level}, source);
  }
  const int64_t middle = begin + LargestPowerBelow(size);
  SIGNET_ASSIGN_OR_RETURN(const Hash left, HashOfRange(begin, middle, source));
  SIGNET_ASSIGN_OR_RETURN(const Hash right, HashOfRange(middle, end, source));
  return NodeHash(left, right);
}

absl::Status AppendPath(int64_t index, int64_t begin, int64_t end, const NodeSource& source,
                        std::vector<Hash>& path) {
  if (end - begin == 1) return absl::OkStatus();
  const int64_t middle = begin + LargestPowerBelow(end - begin);
  const bool left = index < middle;
  SIGNET_RETURN_IF_ERROR(
      AppendPath(index, left ? begin : middle, left ? middle : end, source, path));
  SIGNET_ASSIGN_OR_RETURN(Hash sibling,
                          HashOfRange(left ? middle : begin, left ? end : middle, source));
  path.push_back(std::move(sibling));
  return absl::OkStatus();
}

}  // namespace

Hash LeafHash(absl::string_view content) {
  return crypto::Sha256Bytes(absl::StrCat(absl::string_view("\0", 1), content));
}

Hash NodeHash(absl::string_view left, absl::string_view right) {
  return crypto::Sha256Bytes(absl::StrCat("\x01", left, right));
}

std::optional<TreeEdge> TreeEdge::From(int64_t size, absl::string_view edge) {
  if (size < 0) return std::nullopt;
  const auto roots = static_cast<size_t>(std::popcount(static_cast<uint64_t>(size)));
  if (edge.size() != roots * kHashSize) return std::nullopt;
  TreeEdge tree;
  tree.size_ = size;
  for (size_t i = 0; i < roots; ++i)
    tree.roots_.emplace_back(edge.substr(i * kHashSize, kHashSize));
  return tree;
}

void TreeEdge::Append(const Hash& leaf, const Completed& completed) {
  Hash hash = leaf;
  Node node{0, size_};
  if (completed) completed(node, hash);
  // Each trailing one of the size is a subtree that this leaf completes to twice its size.
  for (int64_t rest = size_; (rest & 1) != 0; rest >>= 1) {
    hash = NodeHash(roots_.back(), hash);
    roots_.pop_back();
    node = {node.level + 1, node.index >> 1};
    if (completed) completed(node, hash);
  }
  roots_.push_back(std::move(hash));
  ++size_;
}

Hash TreeEdge::root() const {
  if (roots_.empty()) return crypto::Sha256Bytes("");
  Hash root = roots_.back();
  for (size_t i = roots_.size() - 1; i > 0; --i) root = NodeHash(roots_[i - 1], root);
  return root;
}

std::string TreeEdge::edge() const {
  std::string bytes;
  for (const Hash& root : roots_) bytes += root;
  return bytes;
}

absl::StatusOr<Hash> RootOf(int64_t size, const NodeSource& source) {
  if (size == 0) return crypto::Sha256Bytes("");
  return HashOfRange(0, size, source);
}

absl::StatusOr<std::vector<Hash>> InclusionProof(int64_t index, int64_t size,
                                                 const NodeSource& source) {
  if (index < 0 || index >= size) {
    return absl::InvalidArgumentError(absl::StrCat("no leaf ", index, " in a tree of ", size));
  }
  std::vector<Hash> path;
  SIGNET_RETURN_IF_ERROR(AppendPath(index, 0, size, source, path));
  return path;
}

bool VerifyInclusion(const Hash& leaf, int64_t index, int64_t size, const std::vector<Hash>& proof,
                     const Hash& root) {
  if (index < 0 || index >= size) return false;
  int64_t fn = index;
  int64_t sn = size - 1;
  Hash hash = leaf;
  for (const Hash& sibling : proof) {
    if (sn == 0) return false;
    if ((fn & 1) != 0 || fn == sn) {
      hash = NodeHash(sibling, hash);
      while ((fn & 1) == 0 && fn != 0) {
        fn >>= 1;
        sn >>= 1;
      }
    } else {
      hash = NodeHash(hash, sibling);
    }
    fn >>= 1;
    sn >>= 1;
  }
  return sn == 0 && hash == root;
}

}  // namespace signet::audit
