#include "server/storage/postgres/stores/rotation_batcher.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/time/clock.h"
#include "server/domain/call_deadline.h"
#include "server/storage/postgres/pg_error.h"
#include "server/storage/postgres/service_statement.h"
#include "server/storage/postgres/stores/session_rows.h"

namespace signet::storage {
namespace {

// The guard is the WHERE of the update: PostgreSQL judges it again on the newest version of a row
// that it had to wait for, so of any number of rotations of one leaf exactly one finds it.
// Element n of each array is one rotation; the answer names the n of those that happened.
constexpr ServiceStatement kRotate{"rotate", R"sql(
  WITH asked AS MATERIALIZED (
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::integer[], $4::bytea[], $5::bytea[],
                         $6::timestamptz[], $7::text[], $8::text[]) WITH ORDINALITY
      AS a (user_id, session_id, generation, presented, successor, now, address, user_agent, n)
  ), rotated AS (
    UPDATE signet.lineages AS l
       SET generation = l.generation + 1, leaf_hash = a.successor, rotated_at = a.now
      FROM asked AS a
      JOIN signet.users AS u ON u.id = a.user_id AND u.status = 1
      JOIN signet.sessions AS s ON s.user_id = a.user_id AND s.id = a.session_id
     WHERE l.user_id = a.user_id AND l.session_id = a.session_id
       AND l.generation = a.generation AND l.leaf_hash = a.presented
       AND l.end_reason IS NULL AND l.expires_at > a.now
    RETURNING a.n, l.generation, l.rotated_at, l.leaf_hash, a.address AS peer_address,
              a.user_agent AS peer_agent, )sql" SIGNET_GRANT_COLUMNS R"sql(
  ), written AS (
    INSERT INTO signet.lineage_history
      (user_id, session_id, kind, generation, at, secret_hash, address, user_agent)
    SELECT user_id, id, 2, generation, rotated_at, leaf_hash, peer_address, peer_agent
      FROM rotated
  )
  SELECT * FROM rotated)sql"};
constexpr int kGrantBegins = 6;

auto Key(const domain::Presented& presented) {
  return std::tie(presented.user_id, presented.session_id, presented.generation,
                  presented.secret_hash);
}

}  // namespace

RotationBatcher::RotationBatcher(ConnectionPool& pool, StorageObserver& observer, Options options)
    : pool_(pool), observer_(observer), options_(options) {}

void RotationBatcher::Waiter::Give(Turn turn) {
  base::MutexLock lock(mutex_);
  turn_ = turn;
  changed_.NotifyOne();
}

RotationBatcher::Turn RotationBatcher::Waiter::Await(absl::Time until) {
  base::MutexLock lock(mutex_);
  while (turn_ == Turn::kNone) {
    if (until == absl::InfiniteFuture()) {
      changed_.Wait(mutex_);
    } else {
      const absl::Duration left = until - absl::Now();
      if (left <= absl::ZeroDuration()) break;
      changed_.WaitFor(mutex_, left);
    }
  }
  return std::exchange(turn_, Turn::kNone);
}

RotationBatcher::Result RotationBatcher::Rotate(const domain::Rotation& rotation) {
  Waiter waiter(rotation, domain::ScopedCallDeadline::Current());
  Turn turn = Turn::kLead;
  if (!LeadsAtOnce(waiter)) {
    turn = waiter.Await(waiter.deadline);
    if (turn == Turn::kNone) {
      if (Withdraw(waiter)) return StatusOf("57014");
      turn = waiter.Await(absl::InfiniteFuture());
    }
  }
  if (turn == Turn::kLead) Lead(waiter);
  return std::move(waiter.result);
}

size_t RotationBatcher::waiting() const {
  base::MutexLock lock(mutex_);
  return queue_.size();
}

bool RotationBatcher::LeadsAtOnce(Waiter& waiter) {
  base::MutexLock lock(mutex_);
  if (leading_ < options_.max_parallel) {
    ++leading_;
    return true;
  }
  queue_.push_back(&waiter);
  return false;
}

bool RotationBatcher::Withdraw(Waiter& waiter) {
  base::MutexLock lock(mutex_);
  const auto found = std::find(queue_.begin(), queue_.end(), &waiter);
  if (found == queue_.end()) return false;
  queue_.erase(found);
  return true;
}

void RotationBatcher::Lead(Waiter& leader) {
  const std::vector<Waiter*> batch = TakeBatch(leader);
  Execute(batch);
  for (Waiter* waiter : batch) {
    if (waiter != &leader) waiter->Give(Turn::kDone);
  }
  // Last: what came in meanwhile goes with the next statement. Turns that are passed on sooner make
  // more statements of fewer rotations each.
  PassTurn();
}

std::vector<RotationBatcher::Waiter*> RotationBatcher::TakeBatch(Waiter& leader) {
  std::vector<Waiter*> batch = {&leader};
  base::MutexLock lock(mutex_);
  const auto others =
      static_cast<ptrdiff_t>(std::min(queue_.size(), static_cast<size_t>(options_.max_batch) - 1));
  batch.insert(batch.end(), queue_.begin(), queue_.begin() + others);
  queue_.erase(queue_.begin(), queue_.begin() + others);
  return batch;
}

void RotationBatcher::PassTurn() {
  Waiter* next = nullptr;
  {
    base::MutexLock lock(mutex_);
    if (queue_.empty()) {
      --leading_;
      return;
    }
    next = queue_.front();
    queue_.pop_front();
  }
  // Out of the queue it cannot withdraw: it lives until it has led.
  next->Give(Turn::kLead);
}

void RotationBatcher::Execute(const std::vector<Waiter*>& batch) {
  // In key order, so that two statements that meet on several rows lock them in one order. Of equal
  // ones the first to come is sent; the others were not the first, and get "not rotated".
  std::vector<Waiter*> sorted = batch;
  std::stable_sort(sorted.begin(), sorted.end(), [](const Waiter* a, const Waiter* b) {
    return Key(a->rotation.presented) < Key(b->rotation.presented);
  });
  sorted.erase(std::unique(sorted.begin(), sorted.end(),
                           [](const Waiter* a, const Waiter* b) {
                             return Key(a->rotation.presented) == Key(b->rotation.presented);
                           }),
               sorted.end());

  ArrayText users, sessions, generations, presented, successors, nows, addresses, agents;
  absl::Time deadline = absl::InfinitePast();
  for (const Waiter* waiter : batch) deadline = std::max(deadline, waiter->deadline);
  for (const Waiter* waiter : sorted) {
    const domain::Rotation& rotation = waiter->rotation;
    users.Append(rotation.presented.user_id.ToString());
    sessions.Append(rotation.presented.session_id.ToString());
    generations.Append(int64_t{rotation.presented.generation});
    presented.Append(Bytea{rotation.presented.secret_hash});
    successors.Append(Bytea{rotation.successor_hash});
    nows.Append(rotation.now);
    addresses.Append(rotation.peer.address);
    agents.Append(rotation.peer.user_agent);
  }
  Params params;
  for (ArrayText* array :
       {&users, &sessions, &generations, &presented, &successors, &nows, &addresses, &agents}) {
    params.Add(array->Take());
  }

  observer_.OnRotationBatch(static_cast<int>(batch.size()));
  const auto rows = pool_.ExecuteBefore(deadline, kRotate, params);
  if (!rows.ok()) {
    for (Waiter* waiter : batch) waiter->result = rows.status();
    return;
  }
  for (int row = 0; row < rows->size(); ++row) {
    Waiter* waiter = sorted[static_cast<size_t>(rows->Int64(row, 0) - 1)];
    waiter->result = std::optional<domain::SessionGrant>(ReadGrant(*rows, row, kGrantBegins));
  }
}

}  // namespace signet::storage
