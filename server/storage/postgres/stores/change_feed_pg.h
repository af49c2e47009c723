#pragma once

#include <memory>
#include <string>

#include "server/domain/ports/change_feed.h"
#include "server/storage/postgres/connection.h"

namespace signet::storage {

// LISTEN on a connection of its own. What was committed between two connections is not told again:
// Wait() returns at once after connecting, so that the reader re-reads by sequence.
class ChangeFeedPg final : public domain::ChangeFeed {
 public:
  // `conninfo` as for the pool, and of PostgreSQL itself: a pooler in transaction mode would give
  // the connection that listens to somebody else. Empty: nothing is listened to, and Wait() lasts
  // its timeout.
  static absl::StatusOr<std::unique_ptr<ChangeFeedPg>> Create(const std::string& conninfo);
  ~ChangeFeedPg() override;

  absl::Status Wait(absl::Duration timeout) override;
  void Interrupt() override;

 private:
  ChangeFeedPg(std::string conninfo, int interrupt);

  absl::Status Listen();

  const std::string conninfo_;
  const int interrupt_;  // eventfd; readable from Interrupt() until the Wait() that it ends
  std::unique_ptr<Connection> connection_;
};

}  // namespace signet::storage
