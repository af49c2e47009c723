#pragma once

#include <cstddef>
#include <string>

#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/observer.h"
#include "client/verifier/repeating_thread.h"
#include "client/verifier/revocation_feed.h"
#include "client/verifier/server_list.h"
#include "client/verifier/stream_call.h"

namespace signet::verifier {

// How connections are kept up, the same for both feeds.
struct WatchOptions {
  std::string verifier_id;    // while this verifier lives
  std::string verifier_name;  // for people
  absl::Duration silence;     // a connection without a word for so long is dead
  // A server whose knowledge of revocations is older than this is left for the next address, where
  // there is one.
  absl::Duration most_lag;
  absl::Duration first_pause;
  absl::Duration longest_pause;
};

// Keeps the revocations of a Knowledge as new as a server's, over WatchRevocations: connects,
// follows, and when that ends for whatever reason goes on with the next address, from the entry
// that was applied last. A thread of its own from the constructor to the destructor.
class RevocationWatch {
 public:
  // Everything stays the caller's and outlives the watch; `observer` may be null.
  RevocationWatch(const WatchOptions& options, ServerList& servers, Knowledge& knowledge,
                  const base::Clock& clock, VerifierObserver* observer);

 private:
  absl::Duration Connect();
  FeedEnd Follow(const Server& server);
  bool Lags(absl::Time connected_at) const;

  const WatchOptions options_;
  ServerList& servers_;
  const Knowledge& knowledge_;
  const base::Clock& clock_;
  VerifierObserver* const observer_;
  RevocationFeed feed_;
  Backoff backoff_;
  size_t attempt_ = 0;
  CallCancellation cancellation_;
  RepeatingThread thread_;  // last: it uses the others
};

}  // namespace signet::verifier
