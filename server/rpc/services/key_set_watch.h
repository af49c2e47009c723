#pragma once

#include <memory>

#include "client/base/snapshot.h"
#include "client/token/key_set.h"
#include "server/domain/tokens/key_set_roster.h"
#include "server/rpc/stream.h"

namespace signet::rpc {

// One stream of WatchKeySet: tells the key set, each time that it has changed, and notes what the
// verifier answers that it holds. Both outlive it.
std::unique_ptr<StreamHandler> OpenKeySetWatch(const base::Snapshot<token::KeySet>& keys,
                                               domain::KeySetRoster& roster);

}  // namespace signet::rpc
