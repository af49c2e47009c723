#pragma once

#include <functional>
#include <memory>

#include "absl/time/time.h"
#include "client/base/snapshot.h"
#include "client/token/key_set.h"
#include "server/domain/tokens/key_set_roster.h"
#include "server/rpc/stream.h"

namespace signet::rpc {

// One stream of WatchKeySet: tells the key set, each time that it has changed, and notes what the
// verifier answers that it holds. `keys_as_of`: when `keys` were last found to be the newest ones.
// All outlive it.
std::unique_ptr<StreamHandler> OpenKeySetWatch(const base::Snapshot<token::KeySet>& keys,
                                               std::function<absl::Time()> keys_as_of,
                                               domain::KeySetRoster& roster);

}  // namespace signet::rpc
