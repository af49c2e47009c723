#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/verifier/judge.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/observer.h"
#include "client/verifier/repeating_thread.h"
#include "client/verifier/revocation_watch.h"
#include "client/verifier/server_list.h"
#include "client/verifier/stream_call.h"

namespace signet::verifier {

// Keeps the key set of a Knowledge that of a server, over WatchKeySet, and answers each one once it
// is in force: the server does not sign with a key before every live verifier holds it. A
// set that cannot be read changes nothing and is not answered; neither does one with a lower
// version than that in force, of a server that has not been able to look for longer. A server that
// cannot look for `most_lag` is left where there is another. A thread of its own from the
// constructor to the destructor.
class KeySetWatch final : public KeyHints {
 public:
  // Everything stays the caller's and outlives the watch; `observer` may be null.
  KeySetWatch(const WatchOptions& options, ServerList& servers, Knowledge& knowledge,
              const base::Clock& clock, VerifierObserver* observer);

  // While a server says so, every second, there are no other keys than ours.
  bool KnowsAllKeys(absl::Time now) override;

 private:
  absl::Duration Connect();
  FeedEnd Follow(const Server& server);
  // When the set that `message` is about was the newest one.
  absl::Time AsOf(const v1::WatchKeySetResponse& message) const;
  bool PutIntoForce(const v1::WatchKeySetResponse& message);
  bool Lags(absl::Time connected_at) const;

  const WatchOptions options_;
  ServerList& servers_;
  Knowledge& knowledge_;
  const base::Clock& clock_;
  VerifierObserver* const observer_;
  Backoff backoff_;
  size_t attempt_ = 0;
  std::string in_force_;  // the document
  CallCancellation cancellation_;
  RepeatingThread thread_;  // last: it uses the others
};

}  // namespace signet::verifier
