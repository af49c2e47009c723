#include "server/config/session_keys.h"

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

}  // namespace

std::vector<Key> MakeSessionKeys() {
  return {
      {"sessions.idle", "15m",
       Duration{[](S& s) -> Dur& { return s.sessions.idle; }, absl::Minutes(2), absl::Hours(24)},
       "How long a session that a session token holds may lie unused, from each use on."},
      {"sessions.absolute", "8h",
       Duration{[](S& s) -> Dur& { return s.sessions.absolute; }, absl::Minutes(2),
                absl::Hours(24 * 30)},
       "When it ends whatever the activity, from its login on."},
      {"sessions.cookie", "", Text{[](S& s) -> string& { return s.sessions.cookie; }},
       "The cookie in which browsers bring a session token to /authz, where they send no "
       "Authorization. Without a name none is looked at.",
       "session"},
      {"sessions.cache", "65536",
       Count{[](S& s) -> int64_t& { return s.sessions.cache; }, 1, 16'777'216},
       "Sessions that are judged without a query, about 2 KiB each; any further one is asked about "
       "at "
       "each use."},
  };
}

std::vector<Key> MakeLegacyKeys() {
  return {
      {"legacy.basic_auth", "on",
       Text{[](S& s) -> string& { return s.legacy.basic_auth; }, {"on", "off"}},
       "Whether an API key may come as HTTP Basic credentials (the key's id and the key) where a "
       "service account may call. Switch it off once signet_basic_authentications_total stands "
       "still."},
  };
}

}  // namespace signet::config
