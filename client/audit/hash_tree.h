#pragma once

#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::audit {

// A SHA-256 hash, 32 bytes.
using Hash = std::string;
constexpr size_t kHashSize = 32;

// RFC 9162 section 2.1.1: the first byte tells a leaf from a node, so that no node can be passed
// off as an event.
Hash LeafHash(absl::string_view content);                        // SHA-256(0x00 || content)
Hash NodeHash(absl::string_view left, absl::string_view right);  // SHA-256(0x01 || left || right)

// A complete subtree: the 2^level leaves from index * 2^level on.
struct Node {
  int level = 0;
  int64_t index = 0;
  auto operator<=>(const Node&) const = default;
};

// The tree that grows: as much of it as appending needs, which is the roots of the complete
// subtrees that its size has by its binary digits, largest first. Appending costs two hashes on
// average, knowing the root log2(size). Copyable; used by one thread.
class TreeEdge {
 public:
  TreeEdge() = default;  // the empty tree
  // Of a tree of `size` leaves, as edge() gave it; nothing where that is not its length.
  static std::optional<TreeEdge> From(int64_t size, absl::string_view edge);

  // `completed` hears of every subtree that this leaf completes, itself (level 0) first.
  using Completed = std::function<void(const Node&, const Hash&)>;
  void Append(const Hash& leaf, const Completed& completed = nullptr);

  int64_t size() const { return size_; }
  Hash root() const;         // RFC 9162 section 2.1.1; of the empty tree SHA-256("")
  std::string edge() const;  // the hashes, one after the other

 private:
  int64_t size_ = 0;
  std::vector<Hash> roots_;
};

// Where the hashes of complete subtrees come from: nothing where it is not known and has to be
// computed from the next level below; for an unknown leaf the computation fails.
using NodeSource = std::function<absl::StatusOr<std::optional<Hash>>(const Node&)>;

// The root over the first `size` leaves. NOT_FOUND naming a leaf that the source does not have.
absl::StatusOr<Hash> RootOf(int64_t size, const NodeSource& source);

// The inclusion proof of leaf `index` in the tree of the first `size` leaves (RFC 9162 section
// 2.1.3.1), from the leaf upwards. INVALID_ARGUMENT unless 0 <= index < size.
absl::StatusOr<std::vector<Hash>> InclusionProof(int64_t index, int64_t size,
                                                 const NodeSource& source);

// Whether `proof` shows that `leaf` is number `index` of the `size` leaves under `root` (RFC 9162
// section 2.1.3.2).
bool VerifyInclusion(const Hash& leaf, int64_t index, int64_t size, const std::vector<Hash>& proof,
                     const Hash& root);

}  // namespace signet::audit
