#pragma once

#include <atomic>
#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/verifier/judge.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/observer.h"
#include "client/verifier/repeating_thread.h"

namespace signet::verifier {

// How long a published key set may be used (RFC 9111 section 5.2.2.1): `max-age` of a Cache-Control
// field, from 10 seconds to an hour; 5 minutes where there is none.
absl::Duration FreshnessOf(absl::string_view cache_control);

// Keeps the key set of a Knowledge that of a JWK Set document on the web: fetches it by libcurl,
// again before it is stale (at half to nine tenths of its time, by chance), with If-None-Match
// where the server named an entity tag, and early when a token names a key that is not in it, at
// most every `unknown_key_pause`. What cannot be fetched or read changes nothing. Redirects are not
// followed. Knows nothing of revocations. A thread of its own from the constructor to the
// destructor.
class JwksWatch final : public KeyHints {
 public:
  struct Options {
    std::string url;
    absl::Duration timeout = absl::Seconds(5);
    absl::Duration unknown_key_pause = absl::Seconds(10);
    absl::Duration first_pause = absl::Milliseconds(200);  // after a failure
    absl::Duration longest_pause = absl::Seconds(10);
  };
  struct Answer {
    long status = 0;  // 0: there was none
    std::string body;
    std::string etag;
    std::string cache_control;
  };

  // Everything stays the caller's and outlives the watch; `observer` may be null.
  JwksWatch(Options options, Knowledge& knowledge, const base::Clock& clock,
            VerifierObserver* observer);

  bool KnowsAllKeys(absl::Time now) override;

 private:
  absl::Duration Fetch();
  std::optional<absl::Duration> Take(const Answer& answer, absl::Time asked_at);
  Answer Get() const;

  const Options options_;
  Knowledge& knowledge_;
  const base::Clock& clock_;
  VerifierObserver* const observer_;
  Backoff backoff_;
  std::string in_force_;  // the document
  std::string etag_;
  int64_t version_ = 0;  // counted here: the document has none
  std::atomic<int64_t> tried_at_{absl::ToUnixNanos(absl::InfinitePast())};
  std::atomic<bool> stopping_{false};
  RepeatingThread thread_;  // last: it uses the others
};

}  // namespace signet::verifier
