#pragma once

#include <atomic>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/storage/postgres/conninfo.h"
#include "server/storage/postgres/rows.h"
#include "server/storage/postgres/statement.h"

namespace signet::storage {

// One database connection; the only user of libpqxx's connections. Never reconnects by itself: a
// broken one is destroyed, because the session state and the prepared statements are gone with it.
// Used by one thread at a time, except Cancel().
class Connection {
 public:
  // kNever: each statement is parsed and planned every time. For a pooler that gives every
  // statement another connection, where one that was prepared before is not known, or is another's.
  enum class Prepare { kOnFirstUse, kNever };

  // Blocks for at most connect_timeout of the string, for each of its hosts. STORAGE_UNAVAILABLE
  // when there is no server.
  static absl::StatusOr<std::unique_ptr<Connection>> Open(const std::string& conninfo,
                                                          Prepare prepare = Prepare::kOnFirstUse);
  ~Connection();

  // Prepares the statement if this connection has not yet and may, then executes it outside any
  // transaction block: one round trip, committed when it returns. `sqlstate` gets the error's, or
  // nothing. Errors as in pg_error.h.
  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params,
                               std::string& sqlstate);

  // Runs a script of several statements and then one prepared statement in one transaction: both
  // or neither. For migrations; the message of a refusal says what the server said.
  // MIGRATION_BLOCKED: a lock was not to be had (lock_timeout), or a deadlock was ended by us.
  absl::Status RunScript(const std::string& script, const Statement& after, const Params& params);

  // Asks the server to give up the statement that runs now. From any thread, while the connection
  // lives. The request travels on its own, so it may hit whatever runs next: the connection is not
  // to be used again.
  void Cancel();

  // False once an error left the connection in doubt, or after Cancel().
  bool usable() const { return usable_; }
  // Which of the pool's logins it was opened by; the pool's to set.
  int login() const { return login_; }
  void set_login(int login) { login_ = login; }
  // Whether the idle connection still has a server at its other end: a look at the socket, no
  // round trip. An idle server says nothing, except that it goes away.
  bool StillOpen() const;

  int socket() const;
  // Sleeps until a notification arrives on a channel that this connection listens to, or `timeout`
  // passed; true for a notification.
  absl::StatusOr<bool> AwaitNotification(absl::Duration timeout);

 private:
  struct Session;
  Connection(std::unique_ptr<Session> session, Prepare prepare);

  std::unique_ptr<Session> session_;
  const Prepare prepare_;
  std::atomic<bool> usable_ = true;
  int login_ = 0;
};

}  // namespace signet::storage
