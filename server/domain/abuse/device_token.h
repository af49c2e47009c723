#pragma once

#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/ports/attempt_store.h"

namespace signet::domain {

// A device token: `sgd_` and base64url of
//   version (1) | user id (16) | device id (16) | password version (8) | issued at (8) | MAC (32)
// with big-endian numbers and HMAC-SHA-256 under a key that all replicas share. Every login gives
// one; a login that brings it is counted apart from strangers' attempts, so that nobody can lock
// the owner out of a device that has been there before. It opens nothing by itself: nothing
// of it is stored, and whoever steals one gains a few guesses. It ends with a change of the
// password, so that a thief who knew the old one has collected no doors for guessing the new one.
// Immutable, thread-safe.
class DeviceTokens {
 public:
  // `key`: 32 bytes. `life`: of a token; each login renews it.
  DeviceTokens(base::Secret key, absl::Duration life) : key_(std::move(key)), life_(life) {}

  base::Secret Issue(const KnownDevice& device, absl::Time now) const;
  // The token that a login answers with: for `device`, or where its id is nil for a new one.
  base::Secret Renew(KnownDevice device, absl::Time now) const;
  // The device of a token of ours that has not expired; nothing for anything else, which is a login
  // like a stranger's and no error: tokens of old keys and other people's lie about on devices.
  std::optional<KnownDevice> Read(absl::string_view token, absl::Time now) const;

 private:
  const base::Secret key_;
  const absl::Duration life_;
};

}  // namespace signet::domain
