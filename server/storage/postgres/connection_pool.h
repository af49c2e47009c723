#pragma once

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"
#include "client/base/secret.h"
#include "server/storage/postgres/connection.h"
#include "server/storage/storage_observer.h"

namespace signet::storage {

// A bounded set of connections, leased for one statement each: never across a hash, a signature or
// the network.
//
// Deadlines. A call's deadline (domain::ScopedCallDeadline) bounds the wait for a connection, and
// then the statement: a watching thread asks the server to cancel what runs past it. The server's
// own statement_timeout stands behind that, set once per connection, because setting it per call
// would cost every call a second round trip.
//
// Database gone. The first connection that cannot be made closes the door: calls that find no live
// idle connection are refused at once, without trying, while one thread tries every
// `probe_interval` and opens the door again. Idle connections whose server went away are noticed
// before use, so that a restart of PostgreSQL between two calls costs neither an error.
//
// Credentials that end. LogInAs() has new connections log in as somebody else; those of before
// end as soon as nothing runs on them, so a call loses nothing.
//
// Thread-safe.
class ConnectionPool {
 public:
  struct Options {
    std::string conninfo;  // libpq connection string of the service role
    int size = 8;          // connections at most
    // A pooler in transaction mode stands before PostgreSQL: nothing is prepared, and settings of
    // the session are the role's own (deploy/pgbouncer), since startup options are not passed on.
    bool transaction_pooler = false;
    absl::Duration lease_timeout = absl::Seconds(1);
    absl::Duration statement_timeout = absl::Seconds(5);
    absl::Duration connect_timeout = absl::Seconds(2);  // libpq rounds to whole seconds, 2 at least
    absl::Duration probe_interval = absl::Milliseconds(200);
    std::string application_name = "signetd";  // in pg_stat_activity
  };

  // INVALID_ARGUMENT when the connection string cannot be read. Does not wait for the database:
  // without one the pool starts closed and opens by itself. `observer` must outlive the pool.
  static absl::StatusOr<std::unique_ptr<ConnectionPool>> Create(Options options,
                                                                StorageObserver& observer);
  // Every call must have returned.
  ~ConnectionPool();
  ConnectionPool(const ConnectionPool&) = delete;
  ConnectionPool& operator=(const ConnectionPool&) = delete;

  // Leases, executes in one round trip, releases. The deadline is the calling thread's.
  // STORAGE_UNAVAILABLE + RetryInfo: no database, or no free connection within lease_timeout.
  // DEADLINE_EXCEEDED: the deadline came first; a statement under way was cancelled.
  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params);

  // From now on connections log in so. Tries it first, with a connection that is kept:
  // STORAGE_UNAVAILABLE, and nothing changed, where that one cannot be made. Idle connections of
  // before are closed, leased ones when their statement is over (statement_timeout at the latest).
  absl::Status LogInAs(const std::string& user, const base::Secret& password);

  // Whether the last attempt to connect succeeded; what readiness reports.
  bool healthy() const;
  int in_use() const;

 private:
  // One leased connection and when its statement must be over.
  struct Lease {
    std::unique_ptr<Connection> connection;
    absl::Time deadline;
    enum class Watch { kRunning, kCancelling, kCancelled } watch = Watch::kRunning;
  };

  ConnectionPool(Options options, std::string conninfo, StorageObserver& observer);

  absl::StatusOr<std::unique_ptr<Connection>> Acquire(absl::Time deadline);
  absl::StatusOr<std::unique_ptr<Connection>> Connect();
  // By the newest login.
  absl::StatusOr<std::unique_ptr<Connection>> Open() const;
  absl::StatusOr<std::unique_ptr<Connection>> OpenBy(const base::Secret& conninfo, int login) const;
  void StartWatching(Lease& lease);
  void StopWatching(Lease& lease);
  void Release(std::unique_ptr<Connection> connection);
  void SetHealthy(bool healthy);
  StorageObserver::Connections Counts() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  // The watching thread: cancels overdue statements, probes a database that is gone.
  void Tend();
  absl::Time NextEvent() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool CancelOneOverdue() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Probe() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  StorageObserver& observer_;

  mutable base::Mutex mutex_;
  base::Secret conninfo_ ABSL_GUARDED_BY(mutex_);
  int login_ ABSL_GUARDED_BY(mutex_) = 0;  // how often LogInAs() changed it
  base::CondVar returned_;                 // a connection came back, or the door closed
  base::CondVar tend_;                     // wakes the watching thread
  base::CondVar cancelled_;                // a cancellation was sent
  std::vector<std::unique_ptr<Connection>> idle_ ABSL_GUARDED_BY(mutex_);
  std::vector<Lease*> leases_ ABSL_GUARDED_BY(mutex_);
  int open_ ABSL_GUARDED_BY(mutex_) = 0;  // idle, leased or being made
  int in_use_ ABSL_GUARDED_BY(mutex_) = 0;
  bool healthy_ ABSL_GUARDED_BY(mutex_) = true;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Time next_probe_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  absl::Time tend_at_ ABSL_GUARDED_BY(mutex_) = absl::InfinitePast();
  std::thread tender_;
};

}  // namespace signet::storage
