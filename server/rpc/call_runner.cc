#include "server/rpc/call_runner.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/abuse/caller_rates.h"
#include "server/domain/call_deadline.h"
#include "server/domain/sessions/session_token.h"
#include "server/observe/call_metadata.h"
#include "server/rpc/basic_credentials.h"
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

// Whether Run() comes by on a worker: who is judged there must not get past it elsewhere.
bool IsWorkers(Lane lane) { return lane != Lane::kInline && lane != Lane::kBatch; }

// The session token that `authorization` carries as Bearer; empty where it is something else.
absl::string_view SessionTokenIn(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return {};
  authorization.remove_prefix(kScheme.size());
  return domain::SessionToken::Is(authorization) ? authorization : absl::string_view();
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
  Enqueue(call);
}

absl::Status CallRunner::Admit(PendingCall& call) const {
  SIGNET_RETURN_IF_ERROR(CheckSize(call.request()));
  const CallerRule& rule = call.endpoint().row->caller;
  const bool admits_services = call.endpoint().row->services == ServiceAccounts::kAdmitted;
  if (rule.kind == CallerRule::Kind::kAnyone && !admits_services) return absl::OkStatus();
  const absl::string_view authorization = call.Field("authorization");
  if (admits_services && IsBasic(authorization)) {
    call.notes.call.basic = base::Secret(authorization);  // judged by a worker: it takes a query
    return absl::OkStatus();
  }
  if (rule.kind == CallerRule::Kind::kAnyone) return absl::OkStatus();
  const absl::string_view session_token = SessionTokenIn(authorization);
  if (!session_token.empty() && IsWorkers(call.endpoint().row->lane)) {
    call.notes.call.session_token = base::Secret(session_token);  // judged by a worker, too
    return absl::OkStatus();
  }
  const absl::Time now = call.notes.call.info.now;
  if (admits_services) {
    auto service = authenticator_.AuthenticateService(authorization, now);
    if (service.ok()) return AdmitService(call, *std::move(service));
  }
  SIGNET_ASSIGN_OR_RETURN(domain::Caller caller, authenticator_.Authenticate(authorization, now));
  return AdmitCaller(call, std::move(caller));
}

absl::Status CallRunner::AdmitCaller(PendingCall& call, domain::Caller caller) const {
  const CallerRule& rule = call.endpoint().row->caller;
  const bool permitted = rule.kind == CallerRule::Kind::kUser || caller.Has(rule.permission);
  call.notes.call.caller.emplace(std::move(caller));
  if (!permitted) return base::PermissionMissing(rule.permission);
  return CheckStepUp(call);
}

absl::Status CallRunner::AdmitService(PendingCall& call, domain::ServiceCaller service) const {
  const CallerRule& rule = call.endpoint().row->caller;
  const bool permitted = rule.kind == CallerRule::Kind::kUser || service.Has(rule.permission);
  call.notes.call.service.emplace(std::move(service));
  return permitted ? absl::OkStatus() : base::PermissionMissing(rule.permission);
}

// The rest of Admit() for who came with an API key.
absl::Status CallRunner::AdmitBasic(PendingCall& call) const {
  const Call& arrived = call.notes.call;
  if (arrived.basic.empty()) return absl::OkStatus();
  if (call.endpoint().row->caller.kind == CallerRule::Kind::kAnyone) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(Limit(call, domain::LimitedAction::kApiKey));
  SIGNET_ASSIGN_OR_RETURN(domain::ServiceCaller service,
                          authenticator_.AuthenticateBasic(arrived.basic.reveal(), arrived.info));
  return AdmitService(call, std::move(service));
}

// The rest of Admit() for who came with a session token. Where a fresh authentication is asked for
// the session is read anew: it may just have stepped up on another server.
absl::Status CallRunner::AdmitSession(PendingCall& call) const {
  const Call& arrived = call.notes.call;
  if (arrived.session_token.empty()) return absl::OkStatus();
  const MethodRow& row = *call.endpoint().row;
  const auto reading = row.step_up == StepUp::kRecent ? Authenticator::Reading::kAnew
                                                      : Authenticator::Reading::kAtHand;
  SIGNET_ASSIGN_OR_RETURN(domain::Caller caller,
                          authenticator_.AuthenticateSession(arrived.session_token.reveal(),
                                                             reading, arrived.info.now));
  if (const absl::Status admitted = AdmitCaller(call, std::move(caller)); !admitted.ok()) {
    if (audit_ == nullptr || !row.audited) return admitted;
    const absl::Status written = WriteDenial(call, admitted);
    return written.ok() ? admitted : written;
  }
  return LimitSession(call, row.limited);
}

// Age alone is enough: no session of an account with a second factor is without it (ADR 0014).
absl::Status CallRunner::CheckStepUp(const PendingCall& call) const {
  if (call.endpoint().row->step_up == StepUp::kNone) return absl::OkStatus();
  const domain::Caller& caller = *call.notes.call.caller;
  const absl::Duration age = call.notes.call.info.now - caller.authenticated_at();
  if (age <= options_.step_up_age) return absl::OkStatus();
  return base::StepUpRequired(caller.acr(), options_.step_up_age);
}

// A stranger's bad token is his own affair; a person who tries what he may not is the log's.
void CallRunner::Deny(PendingCall& call, const absl::Status& why) {
  const MethodRow& row = *call.endpoint().row;
  if (audit_ == nullptr || !row.audited || !call.notes.call.caller || row.lane == Lane::kInline ||
      row.lane == Lane::kBatch) {
    return End(call, {}, why);
  }
  Submit(call, [this, &call, why] {
    const domain::ScopedCallDeadline deadline(call.notes.call.info.deadline);
    const absl::Status written = WriteDenial(call, why);
    End(call, {}, written.ok() ? why : written);
  });
}

absl::Status CallRunner::WriteDenial(const PendingCall& call, const absl::Status& why) const {
  const Call& denied = call.notes.call;
  domain::AuditEvent event =
      AuditEventOf(domain::AuditAction::kAccessDenied, *denied.caller, denied.info);
  event.target = std::string(call.endpoint().row->full_name);
  return audit_->Refuse(std::move(event), base::ErrorReason(why));
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

absl::Status CallRunner::Limit(const PendingCall& call, domain::LimitedAction action) const {
  if (options_.rates == nullptr || action == domain::LimitedAction::kNone) return absl::OkStatus();
  const domain::CallInfo& info = call.notes.call.info;
  SIGNET_RETURN_IF_ERROR(
      domain::TakeOfCaller(*options_.rates, action, info.peer.address, info.now));
  return LimitSession(call, action);
}

absl::Status CallRunner::LimitSession(const PendingCall& call, domain::LimitedAction action) const {
  if (options_.rates == nullptr || action == domain::LimitedAction::kNone) return absl::OkStatus();
  if (!call.notes.call.caller) return absl::OkStatus();
  // By session, not by user: a stolen access token is not to guess the password with, nor to keep
  // its owner from the same call elsewhere.
  return options_.rates->Take(action, domain::LimitScope::kAccount,
                              call.notes.call.caller->session_id().ToString(),
                              call.notes.call.info.now);
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
  const int64_t nanos = SteadyNanos() - call.notes.started_nanos;
  PublicError error;
  if (!status.ok()) error = ToPublicError(status);
  endpoint.metrics->Handled(static_cast<int>(error.status.error_code()), nanos);
  const absl::string_view sent = call.Field("x-request-id");
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
