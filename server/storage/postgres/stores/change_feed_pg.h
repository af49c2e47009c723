#pragma once

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "client/base/mutex.h"
#include "client/base/secret.h"
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

  // Connects anew, and from now on so: wakes Wait(), whose connection of before ends. From any
  // thread.
  void LogInAs(const std::string& user, const base::Secret& password);

 private:
  ChangeFeedPg(std::string conninfo, int interrupt);

  absl::Status Listen();
  // Whether a connection is wanted, and the one there is, if any, is not by the newest login.
  bool MustListen() const;

  mutable base::Mutex mutex_;
  base::Secret conninfo_ ABSL_GUARDED_BY(mutex_);  // empty: nothing is listened to
  int login_ ABSL_GUARDED_BY(mutex_) = 0;          // how often LogInAs() changed it
  const int interrupt_;  // eventfd; readable from Interrupt() until the Wait() that it ends
  std::unique_ptr<Connection> connection_;  // of the thread that waits
};

}  // namespace signet::storage
