#include "server/vault/vault_keeper.h"

#include <algorithm>
#include <cstdint>
#include <utility>

#include "absl/time/clock.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"

namespace signet::vault {
namespace {

// Between half of `pause` and all of it.
absl::Duration Jittered(absl::Duration pause) {
  uint8_t random = 0;
  base::FillRandom(&random, 1);
  return pause / 2 + pause / 2 * random / 255;
}

}  // namespace

VaultKeeper::VaultKeeper(Options options, VaultSession& session, const base::Clock& clock,
                         VaultObserver& observer)
    : options_(std::move(options)), session_(session), clock_(clock), observer_(observer) {}

VaultKeeper::~VaultKeeper() { Stop(); }

absl::Status VaultKeeper::Begin() {
  SIGNET_RETURN_IF_ERROR(session_.Tend());
  looked_at_ = clock_.Now();
  if (options_.database_role.empty() || held_) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(TakeNew());
  held_ = std::move(offered_);
  offered_.reset();
  observer_.OnCredentials(held_->issued_at, held_->ends_at);
  return absl::OkStatus();
}

void VaultKeeper::Start(Adopt adopt) {
  adopt_ = std::move(adopt);
  thread_ = std::thread([this] { Run(); });
}

void VaultKeeper::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    wake_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

void VaultKeeper::Run() {
  while (true) {
    const absl::Time next = Tend();
    base::MutexLock lock(mutex_);
    while (!stopping_ && clock_.Now() < next) {
      wake_.WaitFor(mutex_, std::min(next - clock_.Now(), absl::Hours(1)));
    }
    if (stopping_) return;
  }
}

absl::Time VaultKeeper::Tend() {
  absl::Status done = session_.Tend();
  if (done.ok()) done = Look();
  if (!done.ok()) observer_.OnTrouble("keeping the token of Vault", done);
  // Tried all the same: the token may be good for it.
  if (!options_.database_role.empty()) {
    const absl::Status credentials = TendCredentials();
    if (!credentials.ok()) observer_.OnTrouble("replacing the database's credentials", credentials);
    done.Update(credentials);
  }
  if (!done.ok()) return clock_.Now() + Pause();
  if (std::exchange(failures_, 0) > 0) observer_.OnRecovered();
  return NextDue();
}

absl::Status VaultKeeper::Look() {
  const absl::Time now = clock_.Now();
  if (now < looked_at_ + options_.look) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(session_.Ask(VaultMethod::kRead, "auth/token/lookup-self", {}).status());
  looked_at_ = now;
  return absl::OkStatus();
}

absl::Status VaultKeeper::TendCredentials() {
  const absl::Time now = clock_.Now();
  // What was offered in vain ends too.
  if (offered_ && (offered_->login != session_.logins() || now >= offered_->due)) offered_.reset();
  if (offered_) return Offer();
  if (held_ && held_->login == session_.logins()) {
    if (now < held_->due) return absl::OkStatus();
    SIGNET_ASSIGN_OR_RETURN(const bool renewed, RenewDatabaseCredentials(session_, now, *held_));
    if (renewed) {
      observer_.OnLease(VaultLease::kCredentialsRenewed);
      observer_.OnCredentials(held_->issued_at, held_->ends_at);
      return absl::OkStatus();
    }
  }
  SIGNET_RETURN_IF_ERROR(TakeNew());
  return Offer();
}

absl::Status VaultKeeper::TakeNew() {
  SIGNET_ASSIGN_OR_RETURN(offered_, IssueDatabaseCredentials(session_, options_.database_mount,
                                                             options_.database_role, clock_.Now()));
  observer_.OnLease(VaultLease::kCredentialsIssued);
  return absl::OkStatus();
}

absl::Status VaultKeeper::Offer() {
  SIGNET_RETURN_IF_ERROR(adopt_(*offered_));
  held_ = std::move(offered_);
  offered_.reset();
  observer_.OnCredentials(held_->issued_at, held_->ends_at);
  return absl::OkStatus();
}

absl::Time VaultKeeper::NextDue() const {
  absl::Time next = std::min(session_.due(), looked_at_ + options_.look);
  if (held_) next = std::min(next, held_->due);
  return next;
}

absl::Duration VaultKeeper::Pause() {
  absl::Duration pause = options_.first_retry;
  for (int i = 0; i < failures_ && pause < options_.longest_retry; ++i) pause *= 2;
  ++failures_;
  return Jittered(std::min(pause, options_.longest_retry));
}

}  // namespace signet::vault
