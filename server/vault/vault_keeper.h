#pragma once

#include <functional>
#include <optional>
#include <string>
#include <thread>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/mutex.h"
#include "server/vault/database_credentials.h"
#include "server/vault/vault_session.h"

namespace signet::vault {

// The thread that keeps what Vault gave: the token, and the credentials of the database.
//
// Credentials are renewed when half of their life is over. Where that grants little any more, or
// the token under which they were leased was replaced, new ones are taken, and `adopt` has the
// service use them: it tries them first, and as long as it refuses they are offered again. So there
// is half a life for the connections of the old ones to end.
//
// Vault away: nothing that is held is thrown away. It is asked again after growing pauses with
// jitter, so that replicas do not come all at once when it is back.
class VaultKeeper {
 public:
  // A status that is not OK: not usable yet (the database does not answer, or does not know them).
  using Adopt = std::function<absl::Status(const DatabaseCredentials&)>;
  struct Options {
    std::string database_mount = "database";
    std::string database_role = {};  // empty: the credentials do not come from Vault
    absl::Duration first_retry = absl::Milliseconds(250);
    absl::Duration longest_retry = absl::Seconds(3);
    // How often the token is looked at while nothing is due: that Vault is away, or has revoked
    // it, should be known before anything of it is needed.
    absl::Duration look = absl::Seconds(30);
  };

  // Everything outlives it.
  VaultKeeper(Options options, VaultSession& session, const base::Clock& clock,
              VaultObserver& observer);
  ~VaultKeeper();
  VaultKeeper(const VaultKeeper&) = delete;
  VaultKeeper& operator=(const VaultKeeper&) = delete;

  // Before Start(): logs in and takes the first credentials, which need no trying. May be repeated
  // after a failure.
  absl::Status Begin();
  // After Begin(); null where they do not come from Vault.
  const DatabaseCredentials* credentials() const { return held_ ? &*held_ : nullptr; }

  void Start(Adopt adopt);
  // Waits for a question under way. Idempotent.
  void Stop();

  // What the thread does over and over, for tests: does what is due, and says when to come again.
  absl::Time Tend();
  void AdoptBy(Adopt adopt) { adopt_ = std::move(adopt); }

 private:
  absl::Status Look();
  absl::Status TendCredentials();
  absl::Status TakeNew();
  absl::Status Offer();
  absl::Time NextDue() const;
  absl::Duration Pause();
  void Run();

  const Options options_;
  VaultSession& session_;
  const base::Clock& clock_;
  VaultObserver& observer_;
  Adopt adopt_;
  std::optional<DatabaseCredentials> held_;     // in use
  std::optional<DatabaseCredentials> offered_;  // newer, not adopted yet
  absl::Time looked_at_ = absl::InfinitePast();
  int failures_ = 0;  // in a row
  base::Mutex mutex_;
  base::CondVar wake_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::vault
