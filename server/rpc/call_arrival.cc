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

// Every value of a header, in order of arrival.
std::vector<absl::string_view> AllMetadata(const grpc::ServerContext& context, const char* name) {
  std::vector<absl::string_view> values;
  const auto [first, last] = context.client_metadata().equal_range(name);
  for (auto it = first; it != last; ++it) values.emplace_back(it->second.data(), it->second.size());
  return values;
}

}  // namespace

absl::Status CallRunner::OpenStream(PendingCall& stream) {
  Endpoint& endpoint = stream.endpoint();
  endpoint.metrics->Started();
  ReadDoor(stream);
  ReadCaller(stream);
  stream.context().AddInitialMetadata("x-request-id", stream.notes.call.info.request_id);
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
  const grpc::ServerContext& context = call.context();
  PendingCall::Notes& notes = call.notes;
  notes.started_nanos = SteadyNanos();
  domain::CallInfo& info = notes.call.info;
  // What PostgreSQL keeps of a time: with nanoseconds, 30 days stored and read would be less
  // than 30.
  info.now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  info.deadline = absl::InfiniteFuture();
  // An inline handler neither waits nor stores: what the rest would cost is a tenth of its call.
  if (call.endpoint().row->lane == Lane::kInline) return;

  // gRPC gives "no deadline" as the end of time.
  const absl::Time asked = absl::FromChrono(context.deadline());
  const bool none = asked > info.now + absl::Hours(24 * 365);
  info.deadline = none ? info.now + options_.default_deadline
                       : std::min(asked, info.now + options_.max_deadline);
  ReadCaller(call);
}

void CallRunner::ReadCaller(PendingCall& call) const {
  const grpc::ServerContext& context = call.context();
  domain::CallInfo& info = call.notes.call.info;
  const domain::TrustedProxies& proxies = options_.trusted_proxies;
  info.peer.address =
      proxies.CallerOf(PeerAddress(context.peer()), AllMetadata(context, proxies.header_name()));
  info.peer.user_agent = observe::UserAgent(Metadata(context, "user-agent"));
  info.request_id = observe::RequestId(Metadata(context, "x-request-id"));
  info.trace_id = std::string(observe::TraceId(Metadata(context, "traceparent")));
}

}  // namespace signet::rpc
