#include "server/domain/audit/read_audit.h"

#include <algorithm>
#include <cstdint>
#include <map>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::domain {
namespace {

using audit::Hash;
using audit::Node;

// Hashes of the tree, read in blocks as a proof asks for them: leaves, and the levels that are
// stored (every eighth). What lies between is computed.
class StoredTree {
 public:
  StoredTree(AuditReader& reader, int64_t size) : reader_(reader), size_(size) {}

  // What is kept of leaves that were dropped.
  void AddRetired(const StoredCheckpoint& retired) {
    int64_t begin = 0;
    size_t n = 0;
    for (int level = 62; level >= 0; --level) {
      if ((retired.size >> level & 1) == 0) continue;
      known_[{level, begin >> level}] =
          retired.edge.substr(audit::kHashSize * n++, audit::kHashSize);
      begin += int64_t{1} << level;
    }
  }

  absl::StatusOr<std::optional<Hash>> Find(const Node& node) {
    if (const auto found = known_.find(node); found != known_.end()) return found->second;
    if (node.level % kStoredLevels != 0) return std::nullopt;
    const int64_t block = node.index / kBlock;
    if (!read_.emplace(std::pair(node.level, block), true).second) return std::nullopt;
    const int64_t end = std::min((block + 1) * kBlock, size_ >> node.level);
    SIGNET_ASSIGN_OR_RETURN(const auto nodes, reader_.Nodes(node.level, block * kBlock, end));
    for (const auto& read : nodes) known_[{read.level, read.index}] = read.hash;
    const auto found = known_.find(node);
    if (found == known_.end()) return std::nullopt;
    return found->second;
  }

 private:
  static constexpr int kStoredLevels = 8;
  static constexpr int64_t kBlock = 256;

  AuditReader& reader_;
  const int64_t size_;
  std::map<Node, Hash> known_;
  std::map<std::pair<int, int64_t>, bool> read_;
};

absl::Status EventUnknown() {
  return base::MakeError(absl::StatusCode::kNotFound, "EVENT_UNKNOWN",
                         "there is no sealed event of this id");
}

}  // namespace

absl::StatusOr<std::vector<AuditView>> ReadAudit::Query(const Caller& caller,
                                                        const AuditFilter& filter,
                                                        std::optional<AuditEventId> before,
                                                        int limit, const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(RecordLook(caller, "QueryEvents", call));
  SIGNET_ASSIGN_OR_RETURN(const auto stored, reader_.Query(filter, before, limit));
  std::vector<AuditView> views;
  for (const StoredAuditEvent& event : stored) {
    auto content = audit::DecodeEvent(event.content);
    if (!content) continue;
    AuditView& view = views.emplace_back();
    if (event.has_personal) {
      auto personal =
          opener_.Open(event.id, event.person, event.sealed_personal, content->personal_commitment);
      if (personal) view.personal = *std::move(personal);
    }
    view.content = *std::move(content);
    view.leaf_index = event.leaf_index;
  }
  return views;
}

absl::StatusOr<AuditExport> ReadAudit::Export(const Caller& caller, int64_t from, int limit,
                                              const CallInfo& call) {
  SIGNET_RETURN_IF_ERROR(RecordLook(caller, "ExportEvents", call));
  SIGNET_ASSIGN_OR_RETURN(const auto newest, reader_.Newest());
  AuditExport exported;
  if (newest) exported.size = newest->size;
  SIGNET_ASSIGN_OR_RETURN(exported.leaves, reader_.Leaves(from, exported.size, limit));
  exported.next = exported.leaves.empty() ? exported.size : exported.leaves.back().index + 1;
  return exported;
}

absl::StatusOr<AuditProof> ReadAudit::Prove(AuditEventId id) {
  SIGNET_ASSIGN_OR_RETURN(const auto leaf, reader_.LeafOf(id));
  SIGNET_ASSIGN_OR_RETURN(const auto newest, reader_.Newest());
  if (!leaf || !newest || *leaf >= newest->size) return EventUnknown();
  StoredTree tree(reader_, newest->size);
  SIGNET_ASSIGN_OR_RETURN(const auto retired, reader_.Retired());
  if (retired) tree.AddRetired(*retired);
  AuditProof proof;
  proof.leaf_index = *leaf;
  proof.note = newest->note;
  SIGNET_ASSIGN_OR_RETURN(
      proof.hashes, audit::InclusionProof(*leaf, newest->size,
                                          [&tree](const Node& node) { return tree.Find(node); }));
  return proof;
}

absl::StatusOr<std::vector<StoredCheckpoint>> ReadAudit::Checkpoints(std::optional<int64_t> after,
                                                                     int limit) {
  if (after) return reader_.Checkpoints(*after, INT64_MAX, limit);
  SIGNET_ASSIGN_OR_RETURN(const auto newest, reader_.Newest());
  std::vector<StoredCheckpoint> checkpoints;
  if (newest) checkpoints.push_back(*newest);
  return checkpoints;
}

absl::Status ReadAudit::RecordLook(const Caller& caller, absl::string_view what,
                                   const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kAuditRead, caller, call);
  event.subject = std::nullopt;
  event.target = std::string(what);
  return trail_.Append(std::move(event));
}

}  // namespace signet::domain
