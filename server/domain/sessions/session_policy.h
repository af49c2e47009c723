#pragma once

#include <cstdint>
#include <optional>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"

namespace signet::domain {

// What becomes of session tokens; stored. Values are in the database.
enum class SessionMode {
  kOn = 1,        // they are given out and judged
  kReadOnly = 2,  // no new ones; those that are there live out their idle and absolute time
  kOff = 3,       // no new ones, and those that are there are refused, until it is on again
};

// "read_only": for the audit log and metrics.
absl::string_view NameOf(SessionMode mode);

// Of 100 equal shares of the users, the one that somebody is in: 0 to 99. Follows from the id
// alone, so that it is the same on every replica and for good, and nobody can choose it.
int ShareOf(base::UserId user);

// Who still gets along with session tokens: `mode` holds for `share_percent` of the
// users, and kOn for everybody else. Whoever is in a smaller share is in every larger one, so that
// a rollout from 20 to 100 moves nobody back, and one from 100 to 20 returns those who came last.
struct SessionPolicy {
  SessionMode mode = SessionMode::kOn;
  int share_percent = 0;  // 0 to 100
  int64_t version = 1;    // grows with every change
  absl::Time changed_at;
  std::optional<base::UserId> changed_by;  // nothing: it stands as it was installed

  SessionMode ModeFor(base::UserId user) const {
    return ShareOf(user) < share_percent ? mode : SessionMode::kOn;
  }
};

}  // namespace signet::domain
