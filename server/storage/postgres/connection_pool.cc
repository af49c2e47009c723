#include "server/storage/postgres/connection_pool.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/call_deadline.h"
#include "server/storage/postgres/pg_error.h"

namespace signet::storage {
namespace {

std::string WithSessionSettings(Conninfo conninfo, const ConnectionPool::Options& options) {
  const int64_t connect_seconds =
      std::max<int64_t>(2, absl::ToInt64Seconds(options.connect_timeout));
  const int64_t statement_millis = absl::ToInt64Milliseconds(options.statement_timeout);
  conninfo.Default("application_name", options.application_name)
      .Default("connect_timeout", absl::StrCat(connect_seconds))
      // A host that vanished without a word: give up when nothing was acknowledged for this long.
      .Default("tcp_user_timeout", absl::StrCat(statement_millis))
      .Default("keepalives_idle", "10")
      .DefaultToPrimary()
      .Set("client_encoding", "UTF8");
  if (options.transaction_pooler) return conninfo.ToString();
  conninfo.DefaultSetting("statement_timeout", absl::StrCat(statement_millis))
      .DefaultSetting("idle_in_transaction_session_timeout", absl::StrCat(statement_millis))
      .DefaultSetting("TimeZone", "UTC")
      .DefaultSetting("DateStyle", "ISO")
      .DefaultSetting("bytea_output", "hex")
      // Every statement of the service goes by key. A plan that scans, hashes or sorts whole
      // tables can only come from statistics that are behind (an empty table on the first day).
      .DefaultSetting("plan_cache_mode", "force_generic_plan")
      .DefaultSetting("enable_seqscan", "off")
      .DefaultSetting("enable_hashjoin", "off")
      .DefaultSetting("enable_mergejoin", "off")
      .DefaultSetting("jit", "off");
  return conninfo.ToString();
}

absl::Status TooLate() { return StatusOf("57014"); }

}  // namespace

absl::StatusOr<std::unique_ptr<ConnectionPool>> ConnectionPool::Create(Options options,
                                                                       StorageObserver& observer) {
  SIGNET_ASSIGN_OR_RETURN(Conninfo conninfo, Conninfo::Parse(options.conninfo));
  std::string complete = WithSessionSettings(std::move(conninfo), options);
  return std::unique_ptr<ConnectionPool>(
      new ConnectionPool(std::move(options), std::move(complete), observer));
}

ConnectionPool::ConnectionPool(Options options, std::string conninfo, StorageObserver& observer)
    : options_(std::move(options)), observer_(observer), conninfo_(std::move(conninfo)) {
  tender_ = std::thread([this] { Tend(); });
}

ConnectionPool::~ConnectionPool() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    tend_.NotifyAll();
  }
  tender_.join();
}

absl::StatusOr<Rows> ConnectionPool::Execute(const Statement& statement, const Params& params) {
  Lease lease;
  lease.deadline = domain::ScopedCallDeadline::Current();
  SIGNET_ASSIGN_OR_RETURN(lease.connection, Acquire(lease.deadline));
  StartWatching(lease);
  const absl::Time start = absl::Now();
  std::string sqlstate;
  auto rows = lease.connection->Execute(statement, params, sqlstate);
  observer_.OnStatement(statement.name, absl::Now() - start, sqlstate);
  StopWatching(lease);
  Release(std::move(lease.connection));
  return rows;
}

absl::StatusOr<std::unique_ptr<Connection>> ConnectionPool::Acquire(absl::Time deadline) {
  const absl::Time start = absl::Now();
  const absl::Time give_up = std::min(deadline, start + options_.lease_timeout);
  std::unique_ptr<Connection> connection;
  StorageObserver::Connections now;
  {
    base::MutexLock lock(mutex_);
    if (start >= deadline) return TooLate();
    while (connection == nullptr) {
      if (!idle_.empty()) {
        connection = std::move(idle_.back());
        idle_.pop_back();
        if (connection->StillOpen()) break;
        connection.reset();
        --open_;
      } else if (!healthy_) {
        return base::StorageUnavailable(options_.probe_interval);
      } else if (open_ < options_.size) {
        ++open_;
        break;
      } else {
        const absl::Duration left = give_up - absl::Now();
        if (left > absl::ZeroDuration()) {
          returned_.WaitFor(mutex_, left);
        } else if (deadline <= give_up) {
          return TooLate();
        } else {
          return base::StorageUnavailable(options_.lease_timeout);
        }
      }
    }
    ++in_use_;
    now = Counts();
  }
  if (connection == nullptr) {
    SIGNET_ASSIGN_OR_RETURN(connection, Connect());
  }
  observer_.OnLease(absl::Now() - start, now);
  return connection;
}

// The slot is counted in open_ and in_use_ already; both are given back when it fails.
absl::StatusOr<std::unique_ptr<Connection>> ConnectionPool::Connect() {
  auto connection = Open();
  if (connection.ok()) return connection;
  {
    base::MutexLock lock(mutex_);
    --open_;
    --in_use_;
    next_probe_ = absl::Now() + options_.probe_interval;
  }
  SetHealthy(false);
  return base::StorageUnavailable(options_.probe_interval);
}

absl::StatusOr<std::unique_ptr<Connection>> ConnectionPool::Open() const {
  base::Secret conninfo;
  int login = 0;
  {
    base::MutexLock lock(mutex_);
    conninfo = conninfo_.Clone();
    login = login_;
  }
  return OpenBy(conninfo, login);
}

absl::StatusOr<std::unique_ptr<Connection>> ConnectionPool::OpenBy(const base::Secret& conninfo,
                                                                   int login) const {
  std::string text(conninfo.reveal());
  auto connection =
      Connection::Open(text, options_.transaction_pooler ? Connection::Prepare::kNever
                                                         : Connection::Prepare::kOnFirstUse);
  base::Wipe(text);
  if (connection.ok()) (*connection)->set_login(login);
  return connection;
}

absl::Status ConnectionPool::LogInAs(const std::string& user, const base::Secret& password) {
  base::Secret conninfo;
  int login = 0;
  {
    base::MutexLock lock(mutex_);
    SIGNET_ASSIGN_OR_RETURN(Conninfo parsed, Conninfo::Parse(conninfo_.reveal()));
    parsed.Set("user", user).Set("password", password.reveal());
    conninfo = base::Secret(parsed.ToString());
    login = login_ + 1;
  }
  SIGNET_ASSIGN_OR_RETURN(auto connection, OpenBy(conninfo, login));
  std::vector<std::unique_ptr<Connection>> doomed;  // closed after the lock
  base::MutexLock lock(mutex_);
  conninfo_ = std::move(conninfo);
  login_ = login;
  doomed.swap(idle_);
  open_ -= static_cast<int>(doomed.size());
  if (open_ < options_.size) {
    ++open_;
    idle_.push_back(std::move(connection));
  }
  returned_.NotifyAll();
  return absl::OkStatus();
}

void ConnectionPool::SetHealthy(bool healthy) {
  {
    base::MutexLock lock(mutex_);
    if (healthy_ == healthy) return;
    healthy_ = healthy;
    returned_.NotifyAll();
    tend_.NotifyAll();
  }
  observer_.OnHealth(healthy);
}

void ConnectionPool::Release(std::unique_ptr<Connection> connection) {
  std::unique_ptr<Connection> doomed;  // closed after the lock
  StorageObserver::Connections now;
  {
    base::MutexLock lock(mutex_);
    --in_use_;
    if (connection->usable() && connection->login() == login_) {
      idle_.push_back(std::move(connection));
    } else {
      doomed = std::move(connection);
      --open_;
    }
    now = Counts();
    returned_.NotifyOne();
  }
  observer_.OnRelease(now);
}

void ConnectionPool::StartWatching(Lease& lease) {
  if (lease.deadline == absl::InfiniteFuture()) return;
  base::MutexLock lock(mutex_);
  leases_.push_back(&lease);
  if (lease.deadline < tend_at_) tend_.NotifyOne();
}

void ConnectionPool::StopWatching(Lease& lease) {
  if (lease.deadline == absl::InfiniteFuture()) return;
  base::MutexLock lock(mutex_);
  while (lease.watch == Lease::Watch::kCancelling) cancelled_.Wait(mutex_);
  leases_.erase(std::find(leases_.begin(), leases_.end(), &lease));
}

absl::Time ConnectionPool::NextEvent() const {
  absl::Time next = healthy_ ? absl::InfiniteFuture() : next_probe_;
  for (const Lease* lease : leases_) {
    if (lease->watch == Lease::Watch::kRunning) next = std::min(next, lease->deadline);
  }
  return next;
}

void ConnectionPool::Tend() {
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    tend_at_ = NextEvent();
    const absl::Duration sleep = tend_at_ - absl::Now();
    if (sleep > absl::ZeroDuration()) {
      tend_.WaitFor(mutex_, std::min(sleep, absl::Hours(1)));
    } else if (!CancelOneOverdue()) {
      Probe();
    }
  }
}

bool ConnectionPool::CancelOneOverdue() {
  const absl::Time now = absl::Now();
  for (Lease* lease : leases_) {
    if (lease->watch != Lease::Watch::kRunning || lease->deadline > now) continue;
    lease->watch = Lease::Watch::kCancelling;
    mutex_.Unlock();
    lease->connection->Cancel();
    mutex_.Lock();
    lease->watch = Lease::Watch::kCancelled;
    cancelled_.NotifyAll();
    return true;
  }
  return false;
}

void ConnectionPool::Probe() {
  if (healthy_ || stopping_) return;
  mutex_.Unlock();
  auto connection = Open();
  mutex_.Lock();
  next_probe_ = absl::Now() + options_.probe_interval;
  if (!connection.ok()) return;
  if (open_ < options_.size && (*connection)->login() == login_) {
    ++open_;
    idle_.push_back(*std::move(connection));
  }
  mutex_.Unlock();
  SetHealthy(true);
  mutex_.Lock();
}

StorageObserver::Connections ConnectionPool::Counts() const {
  return {.in_use = in_use_, .idle = static_cast<int>(idle_.size())};
}

bool ConnectionPool::healthy() const {
  base::MutexLock lock(mutex_);
  return healthy_;
}

int ConnectionPool::in_use() const {
  base::MutexLock lock(mutex_);
  return in_use_;
}

}  // namespace signet::storage
