#include "server/audit/sealer.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::audit {

absl::StatusOr<Sealer::Result> Sealer::Run(absl::Time now) {
  Result result;
  while (true) {
    SIGNET_ASSIGN_OR_RETURN(const domain::AuditUnsealed unsealed, store_.ReadUnsealed(kBatch));
    if (!unsealed.note.empty()) {
      SIGNET_RETURN_IF_ERROR(PublishNew(unsealed.note));
    }
    if (unsealed.size < published_size_) {
      return absl::DataLossError(absl::StrCat("the log has ", unsealed.size, " leaves, of ",
                                              published_size_, " that were signed"));
    }
    if (unsealed.events.empty()) return result;
    SIGNET_ASSIGN_OR_RETURN(const domain::AuditSealing sealing, Extend(unsealed, now));
    SIGNET_ASSIGN_OR_RETURN(const bool won, store_.Seal(sealing));
    if (!won) continue;  // somebody else sealed these: on with what is left
    result.events += static_cast<int64_t>(sealing.events.size());
    for (const auto& event : sealing.events) result.lag = std::max(result.lag, now - event.at);
    SIGNET_RETURN_IF_ERROR(PublishNew(sealing.note));
  }
}

absl::StatusOr<domain::AuditSealing> Sealer::Extend(const domain::AuditUnsealed& unsealed,
                                                    absl::Time now) const {
  auto tree = TreeEdge::From(unsealed.size, unsealed.edge);
  if (!tree) return absl::DataLossError("the edge of the tree does not have the tree's size");
  if (unsealed.size > 0) {
    SIGNET_ASSIGN_OR_RETURN(const Checkpoint last, signer_.verifier().Read(unsealed.note));
    if (last.size != unsealed.size || last.root != tree->root()) {
      return absl::DataLossError(
          "the tree is not the one that the newest checkpoint was signed over");
    }
  }
  domain::AuditSealing sealing;
  sealing.previous_size = unsealed.size;
  sealing.events = unsealed.events;
  for (const auto& event : unsealed.events) {
    tree->Append(event.leaf_hash, [&sealing](const Node& node, const Hash& hash) {
      if (node.level > 0 && node.level % kNodeLevels == 0) {
        sealing.nodes.push_back({node.level, node.index, hash});
      }
    });
  }
  sealing.edge = tree->edge();
  sealing.at = now;
  const std::string previous = unsealed.note.empty() ? std::string() : NoteHash(unsealed.note);
  SIGNET_ASSIGN_OR_RETURN(sealing.note,
                          signer_.Sign({"", tree->size(), tree->root(), now, previous}));
  return sealing;
}

absl::Status Sealer::PublishNew(const std::string& note) {
  if (note == published_) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const Checkpoint checkpoint, signer_.verifier().Read(note));
  // An older one than was published is no news: it is found by Run().
  if (checkpoint.size > published_size_) {
    publisher_.Publish(checkpoint, note);
    published_size_ = checkpoint.size;
  }
  published_ = note;
  return absl::OkStatus();
}

}  // namespace signet::audit
