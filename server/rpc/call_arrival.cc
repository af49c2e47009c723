#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/observe/call_metadata.h"
#include "server/rpc/call_metadata.h"
#include "server/rpc/call_runner.h"

// What the runner does with every call that arrives, before it is known whether it may run.
namespace signet::rpc {
namespace {

// What a refused stream should wait: one that is over makes room.
constexpr absl::Duration kRetryStream = absl::Seconds(1);

}  // namespace

absl::Status CallRunner::OpenStream(PendingCall& stream) {
  Endpoint& endpoint = stream.endpoint();
  endpoint.metrics->Started();
  ReadDoor(stream);
  ReadCaller(stream);
  stream.AddAnswerField("x-request-id", stream.notes.call.info.request_id);
  if (endpoint.in_flight.fetch_add(1) >= options_.max_streams) {
    return base::WithRetryAfter(
        base::MakeError(absl::StatusCode::kResourceExhausted, "TOO_MANY_STREAMS",
                        "this process serves as many streams of this method as it may"),
        kRetryStream);
  }
  if (refusing_.load(std::memory_order_relaxed)) return ShuttingDown();
  return absl::OkStatus();
}

absl::Status CallRunner::CheckSize(const grpc::ByteBuffer& message) const {
  if (message.Length() <= options_.max_request_bytes) return absl::OkStatus();
  return base::FieldError("request",
                          absl::StrCat("is larger than ", options_.max_request_bytes, " bytes"));
}

void CallRunner::ReadDoor(PendingCall& call) const {
  PendingCall::Notes& notes = call.notes;
  notes.started_nanos = base::SteadyNanos();
  domain::CallInfo& info = notes.call.info;
  // What PostgreSQL keeps of a time: with nanoseconds, 30 days stored and read would be less
  // than 30.
  info.now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  info.deadline = absl::InfiniteFuture();
  // An inline handler neither waits nor stores: what the rest would cost is a tenth of its call.
  if (call.endpoint().row->lane == Lane::kInline) return;
  ReadDeadline(call);
  ReadCaller(call);
}

void CallRunner::ReadDeadline(PendingCall& call) const {
  domain::CallInfo& info = call.notes.call.info;
  // gRPC gives "no deadline" as the end of time.
  const absl::Time asked = call.deadline();
  const bool none = asked > info.now + absl::Hours(24 * 365);
  info.deadline = none ? info.now + options_.default_deadline
                       : std::min(asked, info.now + options_.max_deadline);
}

void CallRunner::ReadCaller(PendingCall& call) const {
  domain::CallInfo& info = call.notes.call.info;
  info.peer.address = call.CallerBy(options_.trusted_proxies);
  info.peer.user_agent = observe::UserAgent(call.Field("user-agent"));
  const CallMarks marks = call.Marks();
  info.request_id = observe::RequestId(marks.request_id);
  info.trace_id = std::string(observe::TraceId(marks.traceparent));
}

}  // namespace signet::rpc
