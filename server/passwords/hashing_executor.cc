#include "server/passwords/hashing_executor.h"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>
#include <variant>

#include "client/base/error.h"
#include "client/base/processors.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "server/passwords/argon2id.h"

namespace signet::passwords {
namespace {

constexpr size_t kSaltBytes = 16;
constexpr size_t kHashBytes = 32;
constexpr size_t kMaxThreads = 256;
constexpr size_t kMaxDefaultThreads = 16;

uint64_t MemoryBytes(const Argon2Params& params) { return uint64_t{params.memory_kib} * 1024; }

Cost CostOf(const Argon2Params& params) {
  return Cost{.algorithm = Algorithm::kArgon2id,
              .work = static_cast<double>(uint64_t{params.memory_kib} * params.passes),
              .memory_bytes = MemoryBytes(params)};
}

Cost CostOf(const Argon2idHash& hash) { return CostOf(hash.params); }

Cost CostOf(const BcryptHash& hash) {
  return Cost{.algorithm = Algorithm::kBcrypt,
              .work = static_cast<double>(uint64_t{1} << hash.cost),
              .memory_bytes = 0};
}

Cost CostOf(const OtherArgon2Hash& hash) {
  Cost cost = CostOf(hash.params);
  cost.algorithm = Algorithm::kOtherArgon2;
  return cost;
}

Cost CostOf(const Pbkdf2Hash& hash) {
  return Cost{.algorithm = hash.digest == Pbkdf2Hash::Digest::kSha256 ? Algorithm::kPbkdf2Sha256
                                                                      : Algorithm::kPbkdf2Sha512,
              .work = static_cast<double>(hash.iterations),
              .memory_bytes = 0};
}

Cost CostOf(const ScryptHash& hash) {
  return Cost{.algorithm = Algorithm::kScrypt,
              .work = static_cast<double>(hash.work()),
              .memory_bytes = hash.memory_bytes()};
}

Cost CostOf(const ImportedHash& hash) {
  return std::visit([](const auto& form) { return CostOf(form); }, hash);
}

// One of each form, cheap enough for the start and dear enough to be measured.
std::array<ImportedHash, 4> Samples() {
  const std::string salt(kSaltBytes, 's');
  const std::string hash(kHashBytes, 'h');
  return {OtherArgon2Hash{OtherArgon2Hash::Variant::kI, {4096, 1, 1}, salt, hash},
          Pbkdf2Hash{Pbkdf2Hash::Digest::kSha256, 10'000, salt, hash},
          Pbkdf2Hash{Pbkdf2Hash::Digest::kSha512, 10'000, salt, hash},
          ScryptHash{10, 8, 1, salt, hash}};
}

Admission::Limits LimitsOf(const HashingExecutor::Options& options) {
  return Admission::Limits{.threads = options.threads,
                           .queue_limit = options.queue_limit,
                           .memory_budget_bytes = options.memory_budget_bytes,
                           .memory_per_thread_bytes = MemoryBytes(options.argon2)};
}

absl::Status Validate(const HashingExecutor::Options& options) {
  if (!WithinBounds(options.argon2)) {
    return absl::InvalidArgumentError("argon2: parameters out of bounds");
  }
  if (options.threads < 1 || options.threads > kMaxThreads) {
    return absl::InvalidArgumentError("threads: must be 1..256");
  }
  if (options.queue_limit < 1) return absl::InvalidArgumentError("queue_limit: must be at least 1");
  if (options.memory_budget_bytes < options.threads * MemoryBytes(options.argon2)) {
    return absl::InvalidArgumentError(
        "memory_budget_bytes: must be at least threads times the Argon2id memory");
  }
  return absl::OkStatus();
}

const char* Describe(Shed why) {
  switch (why) {
    case Shed::kDeadline:
      return "a password hash cannot be done before the deadline";
    case Shed::kQueueFull:
      return "too many passwords wait to be hashed";
    case Shed::kMemory:
      return "no memory for a password hash";
    case Shed::kDraining:
      return "shutting down";
  }
  return "overloaded";
}

// Where a caller waits for its worker. It lives in the caller's frame: the worker's last touch is
// inside the lock, and the caller cannot return before it has had that lock.
class Completion {
 public:
  void Finish(absl::Status status) {
    base::MutexLock lock(mutex_);
    status_ = std::move(status);
    done_.NotifyOne();
  }
  absl::Status Wait() {
    base::MutexLock lock(mutex_);
    while (!status_) done_.Wait(mutex_);
    return *std::move(status_);
  }

 private:
  base::Mutex mutex_;
  base::CondVar done_;
  std::optional<absl::Status> status_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace

size_t DefaultHashingThreads() {
  return std::clamp<size_t>(base::AvailableProcessors() / 2, 1, kMaxDefaultThreads);
}

absl::StatusOr<std::unique_ptr<HashingExecutor>> HashingExecutor::Create(
    const Options& options, const base::Clock& clock, const PasswordFunctions& functions,
    HashingObserver& observer) {
  SIGNET_RETURN_IF_ERROR(Validate(options));
  // Not make_unique: the constructor is private, so that there is none without calibration.
  std::unique_ptr<HashingExecutor> executor(
      new HashingExecutor(options, clock, functions, observer));
  SIGNET_RETURN_IF_ERROR(executor->Calibrate());
  return executor;
}

HashingExecutor::HashingExecutor(const Options& options, const base::Clock& clock,
                                 const PasswordFunctions& functions, HashingObserver& observer)
    : options_(options),
      clock_(clock),
      functions_(functions),
      observer_(observer),
      nobody_{.params = options.argon2,
              .salt = base::RandomBytes(kSaltBytes),
              .hash = base::RandomBytes(kHashBytes)},
      admission_(LimitsOf(options)),
      // Admission counts the queue: the pool's own limit only has to be no smaller, with a thread
      // that has been promised a computation but has not taken it yet.
      pool_({.name = "hashing",
             .threads = options.threads,
             .queue_limit = options.queue_limit + options.threads,
             .priority = options.priority}) {}

absl::Status HashingExecutor::Calibrate() {
  const base::Secret password("calibration");
  const BcryptHash cheap{.text = "$2b$04$" + std::string(53, '.'), .cost = kMinBcryptCost};
  SIGNET_RETURN_IF_ERROR(Matches(password, nobody_, absl::InfiniteFuture()).status());
  SIGNET_RETURN_IF_ERROR(Matches(password, cheap, absl::InfiniteFuture()).status());
  for (const ImportedHash& sample : Samples()) {
    if (!FitsAlone(CostOf(sample))) continue;  // then no such hash is ever computed
    SIGNET_RETURN_IF_ERROR(Matches(password, sample, absl::InfiniteFuture()).status());
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> HashingExecutor::Hash(const base::Secret& password,
                                                  absl::Time deadline) {
  Argon2idHash fresh{
      .params = options_.argon2, .salt = base::RandomBytes(kSaltBytes), .hash = std::string()};
  SIGNET_RETURN_IF_ERROR(Run(CostOf(fresh), deadline, [&] {
    SIGNET_ASSIGN_OR_RETURN(fresh.hash,
                            functions_.Argon2id(password, fresh.salt, fresh.params, kHashBytes));
    return absl::OkStatus();
  }));
  return FormatArgon2id(fresh);
}

absl::StatusOr<HashingExecutor::Check> HashingExecutor::Verify(const base::Secret& password,
                                                               absl::string_view stored,
                                                               absl::Time deadline) {
  const std::optional<StoredHash> parsed = ParseStoredHash(stored);
  Check check;
  if (const auto* bcrypt = parsed ? std::get_if<BcryptHash>(&*parsed) : nullptr) {
    SIGNET_ASSIGN_OR_RETURN(check.matches, Matches(password, *bcrypt, deadline));
    check.needs_rehash = check.matches;
    return check;
  }
  const auto* imported = parsed ? std::get_if<ImportedHash>(&*parsed) : nullptr;
  if (imported != nullptr && FitsAlone(CostOf(*imported))) {
    SIGNET_ASSIGN_OR_RETURN(check.matches, Matches(password, *imported, deadline));
    check.needs_rehash = check.matches;
    return check;
  }
  const auto* argon2id = parsed ? std::get_if<Argon2idHash>(&*parsed) : nullptr;
  if (argon2id == nullptr || !FitsAlone(CostOf(*argon2id))) {
    SIGNET_RETURN_IF_ERROR(VerifyNobody(password, deadline));
    return check;
  }
  SIGNET_ASSIGN_OR_RETURN(check.matches, Matches(password, *argon2id, deadline));
  check.needs_rehash = check.matches && IsCheaper(*argon2id);
  return check;
}

absl::Status HashingExecutor::VerifyNobody(const base::Secret& password, absl::Time deadline) {
  return Matches(password, nobody_, deadline).status();
}

absl::StatusOr<bool> HashingExecutor::Matches(const base::Secret& password,
                                              const Argon2idHash& stored, absl::Time deadline) {
  bool matches = false;
  SIGNET_RETURN_IF_ERROR(Run(CostOf(stored), deadline, [&] {
    SIGNET_ASSIGN_OR_RETURN(
        const std::string computed,
        functions_.Argon2id(password, stored.salt, stored.params, stored.hash.size()));
    matches = base::ConstantTimeEquals(computed, stored.hash);
    return absl::OkStatus();
  }));
  return matches;
}

absl::StatusOr<bool> HashingExecutor::Matches(const base::Secret& password,
                                              const BcryptHash& stored, absl::Time deadline) {
  bool matches = false;
  SIGNET_RETURN_IF_ERROR(Run(CostOf(stored), deadline, [&] {
    matches = functions_.BcryptMatches(password, stored);
    return absl::OkStatus();
  }));
  return matches;
}

absl::StatusOr<bool> HashingExecutor::Matches(const base::Secret& password,
                                              const ImportedHash& stored, absl::Time deadline) {
  bool matches = false;
  SIGNET_RETURN_IF_ERROR(Run(CostOf(stored), deadline, [&] {
    SIGNET_ASSIGN_OR_RETURN(matches, functions_.ImportedMatches(password, stored));
    return absl::OkStatus();
  }));
  return matches;
}

bool HashingExecutor::FitsAlone(const Cost& cost) {
  base::MutexLock lock(mutex_);
  return admission_.FitsAlone(cost);
}

bool HashingExecutor::IsCheaper(const Argon2idHash& stored) const {
  return stored.params.memory_kib < options_.argon2.memory_kib ||
         stored.params.passes < options_.argon2.passes || stored.salt.size() < kSaltBytes ||
         stored.hash.size() < kHashBytes;
}

absl::Status HashingExecutor::CheckRoom(absl::Time deadline) {
  Admission::Decision decision;
  {
    base::MutexLock lock(mutex_);
    decision = admission_.Ask(CostOf(options_.argon2), clock_.Now(), deadline);
  }
  return decision.admitted() ? absl::OkStatus() : Refuse(decision.why, decision.retry_after);
}

absl::Status HashingExecutor::Run(const Cost& cost, absl::Time deadline, Work work) {
  const absl::Time entered = clock_.Now();
  Admission::Decision decision;
  Completion completion;
  bool queued = false;
  {
    base::MutexLock lock(mutex_);
    decision = admission_.Admit(cost, entered, deadline);
    if (decision.admitted()) {
      queued = pool_.TrySubmit(
          [&] { completion.Finish(RunInWorker(cost, *decision.place, entered, deadline, work)); });
      if (!queued) admission_.Withdraw(*decision.place);
      observer_.OnQueueDepth(admission_.waiting());
    }
  }
  if (!decision.admitted()) return Refuse(decision.why, decision.retry_after);
  if (!queued) return Refuse(Shed::kDraining, absl::Seconds(1));
  return completion.Wait();
}

absl::Status HashingExecutor::Refuse(Shed why, absl::Duration retry_after) {
  observer_.OnShed(why);
  return base::Overloaded(Describe(why), retry_after);
}

absl::Status HashingExecutor::RunInWorker(const Cost& cost, const Admission::Place& place,
                                          absl::Time entered, absl::Time deadline, Work work) {
  {
    base::MutexLock lock(mutex_);
    admission_.Begin();
    observer_.OnQueueDepth(admission_.waiting());
  }
  const absl::Time begun = clock_.Now();
  if (begun >= deadline) {
    // Whoever waited for it has gone: the next in the queue may still be in time.
    Leave(place);
    return Refuse(Shed::kDeadline, begun - entered);
  }
  absl::Status status = work();
  if (place.extra_memory_bytes > 0) ReleaseWorkingMemory();
  const absl::Duration service = clock_.Now() - begun;
  {
    base::MutexLock lock(mutex_);
    admission_.Learn(cost, service);
  }
  Leave(place);
  if (absl::IsResourceExhausted(status)) return Refuse(Shed::kMemory, absl::Seconds(1));
  observer_.OnDone(begun - entered, service);
  return status;
}

void HashingExecutor::Leave(const Admission::Place& place) {
  base::MutexLock lock(mutex_);
  admission_.End(place);
  observer_.OnQueueDepth(admission_.waiting());
}

}  // namespace signet::passwords
