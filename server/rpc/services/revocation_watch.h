#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <optional>

#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/domain/ports/revocation_history.h"
#include "server/observe/watch_metrics.h"
#include "server/rpc/stream.h"

namespace signet::rpc {

// The streams of WatchRevocations. A watcher is a place in the history: nothing is queued for it,
// and what all those at the head are told is encoded once. Outlives its streams. Thread-safe.
//
// A watcher begins with a snapshot in parts, or where it says that it stopped: then it is told what
// followed, if the entry it names is one of this log's and not too much came after it. Resumed at
// an entry that this process has not read yet (it came from a replica that had) it is told nothing
// but heartbeats until a read that began after it came has ended: a snapshot of what is known here
// would make it forget that entry for a moment.
class RevocationWatches {
 public:
  RevocationWatches(const domain::RevocationHistory& history, observe::WatchMetrics& metrics)
      : history_(history), metrics_(metrics) {}

  std::unique_ptr<StreamHandler> Open();

 private:
  class Watch;
  using History = domain::RevocationHistory;

  // A delta as all watchers at one place are told it.
  struct Delta {
    grpc::ByteBuffer bytes;
    History::Place next;
    absl::Time as_of;
    size_t records = 0;
    absl::Time oldest = absl::InfiniteFuture();
  };
  struct Cached {
    History::Place after;
    History::End end;
    std::shared_ptr<const Delta> delta;
  };

  std::shared_ptr<const Delta> DeltaAfter(History::Place after, absl::Time told);
  std::shared_ptr<const Delta> Find(History::Place after, const History::End& end) const;

  const History& history_;
  observe::WatchMetrics& metrics_;
  mutable base::Mutex mutex_;
  std::array<Cached, 4> cached_ ABSL_GUARDED_BY(mutex_);
  size_t oldest_cached_ ABSL_GUARDED_BY(mutex_) = 0;
};

}  // namespace signet::rpc
