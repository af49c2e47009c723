#pragma once

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/audit/checkpoint.h"
#include "server/domain/ports/audit_tree_store.h"

namespace signet::audit {

// Where checkpoints go, out of reach of whoever can write the database. Called by the
// sealer's thread, once for every newest checkpoint, whichever process signed it.
class CheckpointPublisher {
 public:
  virtual ~CheckpointPublisher() = default;
  virtual void Publish(const Checkpoint& checkpoint, const std::string& note) = 0;
};

// Gives the events of the log their places in the hash tree, a batch at a time, and signs what it
// then is. Any number of processes may do it at once: the store lets one of them win, the others
// publish what it signed. Used by one thread.
class Sealer {
 public:
  static constexpr int kBatch = 1000;    // events per statement: some 100 KiB of parameters
  static constexpr int kNodeLevels = 8;  // every how many levels a node is stored

  // All outlive it.
  Sealer(domain::AuditTreeStore& store, const CheckpointSigner& signer,
         CheckpointPublisher& publisher)
      : store_(store), signer_(signer), publisher_(publisher) {}

  struct Result {
    int64_t events = 0;
    absl::Duration lag;  // how long the oldest of them had waited
  };
  // Seals everything that can be sealed. Errors of the store; DATA_LOSS when the
  // newest checkpoint in the database is not one of this log's key, or not of the tree that is
  // there: somebody changed it, and nothing more is signed on top of that.
  absl::StatusOr<Result> Run(absl::Time now);

 private:
  absl::StatusOr<domain::AuditSealing> Extend(const domain::AuditUnsealed& unsealed,
                                              absl::Time now) const;
  absl::Status PublishNew(const std::string& note);

  domain::AuditTreeStore& store_;
  const CheckpointSigner& signer_;
  CheckpointPublisher& publisher_;
  std::string published_;       // the last note
  int64_t published_size_ = 0;  // of the largest tree that this process has seen signed
};

}  // namespace signet::audit
