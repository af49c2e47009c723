#include "server/rpc/call_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/domain/call_deadline.h"
#include "server/observe/call_metadata.h"
#include "server/rpc/call_metadata.h"
#include "server/rpc/status_mapping.h"

namespace signet::rpc {
namespace {

using observe::LaneRefusal;
using observe::LogField;
using observe::LogLevel;
namespace log_key = observe::log_key;

// What a refused caller should wait: long enough for a queue to empty, short enough to be of use.
constexpr absl::Duration kRetryOverloaded = absl::Milliseconds(500);
constexpr absl::Duration kRetryElsewhere = absl::Milliseconds(100);

absl::Status Expired() {
  return base::MakeError(absl::StatusCode::kDeadlineExceeded, "DEADLINE_EXCEEDED",
                         "the deadline passed before the call could run");
}

absl::Status Cancelled() {
  return base::MakeError(absl::StatusCode::kCancelled, "CANCELLED", "the call was cancelled");
}

bool IsOurs(const PublicError& error) {
  return error.status.error_code() == grpc::StatusCode::INTERNAL;
}

LogLevel LevelOf(const PublicError& error) {
  return IsOurs(error) ? LogLevel::kError : LogLevel::kInfo;
}

// What the handler threw would end the process on a worker and poison a gRPC thread.
absl::Status RunGuarded(const Handler& handler, const Call& call, grpc::ByteBuffer& request,
                        grpc::ByteBuffer& answer) {
  try {
    return handler(call, request, answer);
  } catch (...) {
    return absl::InternalError("a handler threw");
  }
}

// The row first: an error's reason is not looked for on the way of every validation.
bool IsHeld(EvenTime even_time, const absl::Status& status) {
  switch (even_time) {
    case EvenTime::kNone:
      return false;
    case EvenTime::kRefusals:
      return base::ErrorReason(status) == "CREDENTIALS_INVALID";
    case EvenTime::kAccepted:
      return status.ok();
  }
  return false;
}

}  // namespace

absl::Status ShuttingDown() {
  return base::WithRetryAfter(base::MakeError(absl::StatusCode::kUnavailable, "SHUTTING_DOWN",
                                              "the server is shutting down; retry elsewhere"),
                              kRetryElsewhere);
}

void CallRunner::Accept(PendingCall& call) {
  call.endpoint().metrics->Started();
  ReadDoor(call);
  if (call.endpoint().in_flight.fetch_add(1) >= call.endpoint().row->max_in_flight) {
    return Refuse(call, LaneRefusal::kInFlightLimit,
                  base::Overloaded("too many calls of this method", kRetryOverloaded));
  }
  if (refusing_.load(std::memory_order_relaxed)) {
    return Refuse(call, LaneRefusal::kShuttingDown, ShuttingDown());
  }
  if (const absl::Status admitted = Admit(call); !admitted.ok()) return Deny(call, admitted);
  if (call.endpoint().row->lane == Lane::kInline) return Run(call);
  if (const absl::Status room = CheckRoom(call); !room.ok()) return End(call, {}, room);
  Enqueue(call);
}

// In a storm of logins most are refused: here that costs them no worker, and nobody else a switch
// of threads.
absl::Status CallRunner::CheckRoom(const PendingCall& call) const {
  if (call.endpoint().row->lane != Lane::kHashing || !options_.hashing_room) {
    return absl::OkStatus();
  }
  return options_.hashing_room(call.notes.call.info.deadline);
}

void CallRunner::Enqueue(PendingCall& call) {
  if (call.endpoint().row->lane == Lane::kBatch) return Settle(call, lanes_.TrySubmit(call));
  Submit(call, [this, &call] {
    if (!RefusedInQueue(call, clock_.Now())) Run(call);
  });
}

void CallRunner::Submit(PendingCall& call, base::WorkerPool::Task work) {
  const Lane lane = call.endpoint().row->lane;
  Settle(call, lanes_.TrySubmit(lane, std::move(work)));
}

void CallRunner::Settle(PendingCall& call, Lanes::Submitted submitted) {
  switch (submitted) {
    case Lanes::Submitted::kYes:
      return;  // `call` may be gone already
    case Lanes::Submitted::kQueueFull:
      return Refuse(call, LaneRefusal::kQueueFull,
                    base::Overloaded("too many calls are waiting", kRetryOverloaded));
    case Lanes::Submitted::kShuttingDown:
      return Refuse(call, LaneRefusal::kShuttingDown, ShuttingDown());
  }
}

// Nobody hears the answer of a call that was cancelled or has expired: its work would be taken from
// those who still wait.
bool CallRunner::RefusedInQueue(PendingCall& call, absl::Time now) {
  if (call.cancelled()) {
    Refuse(call, LaneRefusal::kCancelled, Cancelled());
  } else if (now >= call.notes.call.info.deadline) {
    Refuse(call, LaneRefusal::kExpired, Expired());
  } else if (const absl::Status limited = Limit(call, call.endpoint().row->limited);
             !limited.ok()) {
    End(call, {}, limited);
  } else {
    return false;
  }
  return true;
}

void CallRunner::Run(PendingCall& call) {
  const domain::ScopedCallDeadline deadline(call.notes.call.info.deadline);
  if (const absl::Status admitted = AdmitBasic(call); !admitted.ok()) {
    return End(call, {}, admitted);
  }
  if (const absl::Status admitted = AdmitSession(call); !admitted.ok()) {
    return End(call, {}, admitted);
  }
  grpc::ByteBuffer answer;
  const absl::Status status =
      RunGuarded(call.endpoint().handler, call.notes.call, call.request(), answer);
  if (!status.ok() && status == NotAtHand()) return Carry(call);
  if (!IsHeld(call.endpoint().row->even_time, status)) return End(call, answer, status);
  held_.Hold(call.notes.call.info.now + options_.refusal_time,
             [this, &call, answer, status] { End(call, answer, status); });
}

// From the thread that must not wait to those that carry calls together.
void CallRunner::Carry(PendingCall& call) {
  if (call.endpoint().row->lane == Lane::kInline) {
    ReadDeadline(call);
    ReadCaller(call);
  }
  Settle(call, lanes_.TrySubmit(call));
}

// A call on its way through a batch handler.
class CallRunner::Carried final : public BatchedCall {
 public:
  Carried(CallRunner& runner, PendingCall& call)
      : runner_(&runner), call_(&call), endpoint_(&call.endpoint()) {}
  const Call& call() const override { return call_->notes.call; }
  grpc::ByteBuffer& request() override { return call_->request(); }
  void Answer(const grpc::ByteBuffer& answer, const absl::Status& status) override {
    // Before: the call may be gone, and its place be taken by another, as soon as it has ended.
    runner_->End(*std::exchange(call_, nullptr), answer, status);
  }
  bool answered() const { return call_ == nullptr; }
  Endpoint& endpoint() const { return *endpoint_; }

 private:
  CallRunner* runner_;
  PendingCall* call_;
  Endpoint* endpoint_;
};

void CallRunner::RunBatch(absl::Span<PendingCall* const> calls) {
  const absl::Time now = clock_.Now();
  std::vector<Carried> carried;
  carried.reserve(calls.size());
  for (PendingCall* call : calls) {
    if (!RefusedInQueue(*call, now)) carried.emplace_back(*this, *call);
  }
  for (auto first = carried.begin(); first != carried.end();) {
    const Endpoint* endpoint = &first->endpoint();
    const auto others = std::stable_partition(
        first, carried.end(), [&](const Carried& call) { return &call.endpoint() == endpoint; });
    RunTogether(absl::MakeSpan(&*first, static_cast<size_t>(others - first)));
    first = others;
  }
}

void CallRunner::RunTogether(absl::Span<Carried> calls) {
  std::vector<BatchedCall*> batch;
  batch.reserve(calls.size());
  absl::Time latest = absl::InfinitePast();
  for (Carried& call : calls) {
    batch.push_back(&call);
    latest = std::max(latest, call.call().info.deadline);
  }
  const domain::ScopedCallDeadline deadline(latest);
  absl::string_view fault = "a batch handler left a call without an answer";
  try {
    calls.front().endpoint().batch_handler(batch);
  } catch (...) {
    fault = "a batch handler threw";
  }
  for (Carried& call : calls) {
    if (!call.answered()) call.Answer({}, absl::InternalError(fault));
  }
}

void CallRunner::Refuse(PendingCall& call, LaneRefusal why, const absl::Status& status) {
  lane_metrics_.Refused(LabelOf(call.endpoint().row->lane), why);
  End(call, {}, status);
}

void CallRunner::End(PendingCall& call, const grpc::ByteBuffer& answer,
                     const absl::Status& status) {
  Endpoint& endpoint = call.endpoint();
  const int64_t nanos = base::SteadyNanos() - call.notes.started_nanos;
  PublicError error;
  if (!status.ok()) error = ToPublicError(status);
  const CallMarks marks = call.Marks();
  endpoint.metrics->Handled(static_cast<int>(error.status.error_code()), nanos,
                            {marks.traceparent, call.notes.call.info.now});
  const absl::string_view sent = marks.request_id;
  std::string& request_id = call.notes.call.info.request_id;
  const bool logs = Logs(error);
  // What succeeds in the batch lane leaves nothing that its id would be looked for in.
  const bool recorded = !request_id.empty() && endpoint.row->lane != Lane::kBatch;
  if (logs || !sent.empty() || !status.ok() || recorded) {
    if (request_id.empty()) request_id = observe::RequestId(sent);
    // A stream was told when it began.
    if (endpoint.row->stream == Stream::kNone) {
      call.AddAnswerField("x-request-id", request_id);
    }
    if (logs) Log(call, status, error, request_id, nanos);
  }
  endpoint.in_flight.fetch_sub(1);
  call.Finish(answer, error.status);
}

bool CallRunner::Logs(const PublicError& error) const {
  if (options_.logging == CallLogging::kNone) return false;
  if (options_.logging == CallLogging::kErrors && error.status.ok()) return false;
  return logger_.enabled(LevelOf(error));
}

void CallRunner::Log(const PendingCall& call, const absl::Status& status, const PublicError& error,
                     absl::string_view request_id, int64_t nanos) const {
  const PendingCall::Notes& notes = call.notes;
  const MethodRow& row = *call.endpoint().row;
  std::string user;
  if (notes.call.caller) user = notes.call.caller->user_id().ToString();
  if (notes.call.service) user = notes.call.service->account_id().ToString();
  logger_.Write(
      LevelOf(error), "call",
      {LogField(log_key::kMethod, row.full_name),
       LogField(log_key::kCode, observe::GrpcCodeName(static_cast<int>(error.status.error_code()))),
       LogField(log_key::kReason, error.reason),
       LogField(log_key::kDurationMs, static_cast<double>(nanos) / 1e6),
       LogField(log_key::kPeer, notes.call.info.peer.address.empty()
                                    ? call.CallerBy(options_.trusted_proxies)
                                    : notes.call.info.peer.address),
       LogField(log_key::kRequestId, request_id),
       LogField(log_key::kTraceId, observe::TraceId(call.Field("traceparent"))),
       LogField(log_key::kUserId, user), LogField(log_key::kAudited, row.audited),
       // What an INTERNAL hides from the caller is what the operator needs.
       LogField(log_key::kError, IsOurs(error) ? status.message() : absl::string_view())});
}

}  // namespace signet::rpc
