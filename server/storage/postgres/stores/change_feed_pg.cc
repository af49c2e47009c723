#include "server/storage/postgres/stores/change_feed_pg.h"

#include <algorithm>
#include <utility>

#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "client/base/error.h"
#include "client/base/status_macros.h"

namespace signet::storage {
namespace {

constexpr Statement kListen{"listen", "LISTEN signet_changes"};

}  // namespace

absl::StatusOr<std::unique_ptr<ChangeFeedPg>> ChangeFeedPg::Create(const std::string& conninfo) {
  std::string complete;
  if (!conninfo.empty()) {
    SIGNET_ASSIGN_OR_RETURN(Conninfo parsed, Conninfo::Parse(conninfo));
    // A listener sleeps for ever, so only keepalives tell it that the server's machine is gone.
    parsed.Default("application_name", "signetd changes")
        .Default("connect_timeout", "2")
        .Default("keepalives_idle", "5")
        .Default("keepalives_interval", "2")
        .Default("keepalives_count", "3")
        .DefaultToPrimary();
    complete = parsed.ToString();
  }
  const int interrupt = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (interrupt < 0) return base::StorageUnavailable(absl::Seconds(1));
  return std::unique_ptr<ChangeFeedPg>(new ChangeFeedPg(std::move(complete), interrupt));
}

ChangeFeedPg::ChangeFeedPg(std::string conninfo, int interrupt)
    : conninfo_(std::move(conninfo)), interrupt_(interrupt) {}

ChangeFeedPg::~ChangeFeedPg() { close(interrupt_); }

absl::Status ChangeFeedPg::Listen() {
  std::string conninfo;
  int login = 0;
  {
    base::MutexLock lock(mutex_);
    conninfo = std::string(conninfo_.reveal());
    login = login_;
  }
  auto opened = Connection::Open(conninfo);
  base::Wipe(conninfo);
  SIGNET_ASSIGN_OR_RETURN(auto connection, std::move(opened));
  connection->set_login(login);
  std::string sqlstate;
  SIGNET_RETURN_IF_ERROR(connection->Execute(kListen, Params(), sqlstate).status());
  connection_ = std::move(connection);
  return absl::OkStatus();
}

absl::Status ChangeFeedPg::Wait(absl::Duration timeout) {
  if (MustListen()) return Listen();
  const int64_t millis = std::clamp<int64_t>(absl::ToInt64Milliseconds(timeout), 0, 3'600'000);
  // poll(2) passes over a negative descriptor.
  const int socket = connection_ == nullptr ? -1 : connection_->socket();
  pollfd events[] = {{socket, POLLIN, 0}, {interrupt_, POLLIN, 0}};
  if (poll(events, 2, static_cast<int>(millis)) <= 0) return absl::OkStatus();
  if (events[1].revents != 0) {
    eventfd_t ignored = 0;
    eventfd_read(interrupt_, &ignored);
  }
  if (events[0].revents == 0) return absl::OkStatus();
  const auto notified = connection_->AwaitNotification(absl::ZeroDuration());
  if (!notified.ok()) connection_.reset();
  return notified.status();
}

bool ChangeFeedPg::MustListen() const {
  base::MutexLock lock(mutex_);
  return !conninfo_.empty() && (connection_ == nullptr || connection_->login() != login_);
}

void ChangeFeedPg::Interrupt() { eventfd_write(interrupt_, 1); }

void ChangeFeedPg::LogInAs(const std::string& user, const base::Secret& password) {
  {
    base::MutexLock lock(mutex_);
    auto parsed = Conninfo::Parse(conninfo_.reveal());
    if (conninfo_.empty() || !parsed.ok()) return;
    parsed->Set("user", user).Set("password", password.reveal());
    conninfo_ = base::Secret(parsed->ToString());
    ++login_;
  }
  Interrupt();
}

}  // namespace signet::storage
