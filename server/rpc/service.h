#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/base/secret.h"
#include "grpcpp/support/byte_buffer.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/service_caller.h"

namespace signet::rpc {

// What a handler knows of its call; an inline one no peer and no deadline. Lives on the stack of
// the thread that runs the handler.
struct Call {
  domain::CallInfo info;
  // Set for every method whose row asks for a user or a permission, and for no other.
  std::optional<domain::Caller> caller;
  // Set in its place where the row admits service accounts and one calls.
  std::optional<domain::ServiceCaller> service;
  // The `authorization` metadata where it is HTTP Basic and the row admits service accounts.
  base::Secret basic;
  // The session token that it carries as Bearer, until a worker has judged it.
  base::Secret session_token;
};

// One method: reads the request, does the work, writes the answer. Synchronous; knows neither the
// thread it runs on nor how the call ends. Both buffers are the runner's. Thread-safe.
using Handler = std::function<absl::Status(const Call& call, grpc::ByteBuffer& request,
                                           grpc::ByteBuffer& answer)>;

// What a handler answers where it would have to wait, and must not: its method has a batch handler,
// too, which the runner then has carry the call. Never leaves the room.
inline absl::Status NotAtHand() {
  return absl::Status(absl::StatusCode::kAborted, "carried by the batch handler");
}

// One call of a batch, as its handler sees it.
class BatchedCall {
 public:
  virtual ~BatchedCall() = default;
  virtual const Call& call() const = 0;
  virtual grpc::ByteBuffer& request() = 0;
  // Ends the call with `answer`, or with the error. Once; nothing of it may be touched afterwards.
  virtual void Answer(const grpc::ByteBuffer& answer, const absl::Status& status) = 0;
};

// A method of the lane kBatch: reads the requests of several calls, does their work together, and
// answers each as soon as it can. Calls that it leaves unanswered are INTERNAL. Thread-safe.
using BatchHandler = std::function<void(absl::Span<BatchedCall* const> calls)>;

class StreamHandler;
// Begins a stream of one method (stream.h). `call` has neither caller nor deadline. Thread-safe.
using StreamOpener = std::function<std::unique_ptr<StreamHandler>(const Call& call)>;

// Where a service puts its methods when the server is built.
class MethodRegistry {
 public:
  virtual ~MethodRegistry() = default;
  // `full_name` as in the method table: "signet.v1.AuthService/Login".
  virtual void Add(absl::string_view full_name, Handler handler) = 0;
  // For a method of the lane kBatch; or besides Add(), for one of the lanes kInline and kCompute
  // whose handler may find something NotAtHand().
  virtual void AddBatch(absl::string_view full_name, BatchHandler handler) = 0;
  // For a method that is a stream, and for no other.
  virtual void AddStream(absl::string_view full_name, StreamOpener opener) = 0;
};

// One gRPC service, as one file of this room writes it.
class Service {
 public:
  virtual ~Service() = default;
  virtual std::string full_name() const = 0;  // "signet.v1.AuthService"
  virtual void Register(MethodRegistry& registry) = 0;
};

}  // namespace signet::rpc
