#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "absl/types/span.h"
#include "client/base/clock.h"
#include "client/base/worker_pool.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/door/caller_address.h"
#include "server/domain/ports/rate_limiter.h"
#include "server/observe/grpc_metrics.h"
#include "server/observe/logger.h"
#include "server/observe/work_metrics.h"
#include "server/rpc/authenticator.h"
#include "server/rpc/call_metadata.h"
#include "server/rpc/held_answers.h"
#include "server/rpc/lanes.h"
#include "server/rpc/method_table.h"
#include "server/rpc/service.h"
#include "server/rpc/status_mapping.h"

namespace signet::rpc {

// UNAVAILABLE, SHUTTING_DOWN: to be tried elsewhere, at once.
absl::Status ShuttingDown();

// Which calls get a line in the log.
enum class CallLogging { kAll, kErrors, kNone };

// A method ready to be called. Lives as long as the server.
struct Endpoint {
  const MethodRow* row = nullptr;
  Handler handler;
  BatchHandler batch_handler;  // instead, in the lane kBatch; or for what is NotAtHand()
  StreamOpener stream_opener;  // instead, of a stream
  observe::GrpcMethodMetrics* metrics = nullptr;
  std::atomic<int> in_flight{0};
};

// A call that arrived, by whatever port, as the runner sees it. The runner calls Finish() exactly
// once and touches nothing of the call after it.
class PendingCall {
 public:
  virtual ~PendingCall() = default;
  virtual Endpoint& endpoint() const = 0;
  virtual grpc::ByteBuffer& request() = 0;
  // The first value of a field that came with it, by its lower-case name; empty where it has none.
  virtual absl::string_view Field(const char* name) const = 0;
  // Those of its fields that every call is asked for.
  virtual CallMarks Marks() const = 0;
  // The IP address for which it counts; empty for a Unix socket.
  virtual std::string CallerBy(const domain::TrustedProxies& proxies) const = 0;
  // The caller's; far in the future where he set none.
  virtual absl::Time deadline() const = 0;
  // A field that goes back with the answer. Before Finish().
  virtual void AddAnswerField(const char* name, const std::string& value) = 0;
  // The caller went away. May turn true at any moment; blocking lanes only.
  virtual bool cancelled() const = 0;
  // Sends `answer`, or the error. Thread-safe against the gRPC thread.
  virtual void Finish(const grpc::ByteBuffer& answer, const grpc::Status& status) = 0;

  // The runner's notes.
  struct Notes {
    Call call;
    int64_t started_nanos = 0;  // steady clock
  };
  Notes notes;
};

// Takes a call from its arrival to its one ending. The only place that knows both the gRPC threads
// and the handlers, and therefore the only one that decides who may call, where a handler runs, and
// what is counted, logged and answered. Endings:
//   normal            the handler's answer or status
//   refused           TOKEN_INVALID, PERMISSION_MISSING, STEP_UP_REQUIRED: the handler did not run
//   no capacity       OVERLOADED with RetryInfo: lane's queue full, too many of the method, or no
//                     password can be hashed before the deadline
//   held              CREDENTIALS_INVALID or OK, by the row's EvenTime: answered later, by no
//                     thread that waits
//   rate limited      RATE_LIMITED with RetryInfo and QuotaFailure: the handler did not run
//   expired queued    DEADLINE_EXCEEDED: the handler did not run
//   cancelled queued  CANCELLED: the handler did not run
//   shutting down     SHUTTING_DOWN with RetryInfo: the server drains, or the workers have stopped
//
// A call's deadline bounds what its handler waits for. Calls of one batch wait together, until the
// latest of their deadlines.
//
// An answer has an `x-request-id` where somebody has a use for it: the caller who sent one, a line
// in the log, an error that may be reported, whoever looks for the call in the audit log (every
// lane but the inline one). Nothing else is worth making one for. Thread-safe.
class CallRunner {
 public:
  struct Options {
    absl::Duration default_deadline = absl::Seconds(10);  // where the caller set none
    absl::Duration max_deadline = absl::Minutes(1);       // whatever the caller set
    size_t max_request_bytes = size_t{8} << 20;  // holds a ValidateBatch of 1,000 tokens of 8 KiB
    CallLogging logging = CallLogging::kAll;
    // From a call's arrival to an answer whose time must not tell its reason. Longer than hashing
    // takes.
    absl::Duration refusal_time = absl::ZeroDuration();
    absl::Duration step_up_age = absl::Minutes(15);  // of StepUp::kRecent
    int max_streams = 4096;                          // at once, of each method that is one
    domain::TrustedProxies trusted_proxies;  // whose word about the caller's address is taken
    domain::RateLimiter* rates = nullptr;    // outlives the runner; null: no rates
    // Asked before a call of the hashing lane is queued: OVERLOADED where no password can be hashed
    // before the deadline. Null: not asked.
    std::function<absl::Status(absl::Time deadline)> hashing_room;
  };

  CallRunner(const Options& options, const base::Clock& clock, const Authenticator& authenticator,
             Lanes& lanes, observe::Logger& logger, observe::LaneMetrics& lane_metrics,
             domain::AuditTrail* audit = nullptr)
      : options_(options),
        clock_(clock),
        authenticator_(authenticator),
        lanes_(lanes),
        logger_(logger),
        lane_metrics_(lane_metrics),
        audit_(audit),
        held_(clock) {}

  // Called on a thread of the port. When it returns, `call` may be finished and gone.
  void Accept(PendingCall& call);

  // Carries calls of the batch lane, of any of its methods. Called on a thread of that lane.
  void RunBatch(absl::Span<PendingCall* const> calls);

  // Of a stream that arrived: counts it, and reads who calls. OK: it may begin. TOO_MANY_STREAMS,
  // SHUTTING_DOWN: it has to end with that. Called on a gRPC thread.
  absl::Status OpenStream(PendingCall& stream);

  // Counts and logs the end of a stream, and Finish()es it.
  void EndStream(PendingCall& stream, const absl::Status& status) { End(stream, {}, status); }

  // FIELD_INVALID where one message is larger than any may be.
  absl::Status CheckSize(const grpc::ByteBuffer& message) const;

  // Gives the refusals that are held, and holds none from now on.
  void ReleaseHeld() { held_.Drain(); }

  // From now on every call that arrives is SHUTTING_DOWN; those that run go on.
  void RefuseNewCalls() { refusing_.store(true, std::memory_order_relaxed); }

 private:
  class Carried;

  void ReadDoor(PendingCall& call) const;
  void ReadDeadline(PendingCall& call) const;
  void ReadCaller(PendingCall& call) const;
  absl::Status Admit(PendingCall& call) const;
  absl::Status AdmitService(PendingCall& call, domain::ServiceCaller service) const;
  absl::Status AdmitBasic(PendingCall& call) const;
  absl::Status AdmitSession(PendingCall& call) const;
  absl::Status AdmitCaller(PendingCall& call, domain::Caller caller) const;
  absl::Status CheckStepUp(const PendingCall& call) const;
  void Deny(PendingCall& call, const absl::Status& why);
  absl::Status WriteDenial(const PendingCall& call, const absl::Status& why) const;
  void Submit(PendingCall& call, base::WorkerPool::Task work);
  void Settle(PendingCall& call, Lanes::Submitted submitted);
  absl::Status CheckRoom(const PendingCall& call) const;
  void Enqueue(PendingCall& call);
  absl::Status Limit(const PendingCall& call, domain::LimitedAction action) const;
  absl::Status LimitSession(const PendingCall& call, domain::LimitedAction action) const;
  bool RefusedInQueue(PendingCall& call, absl::Time now);
  void Run(PendingCall& call);
  void Carry(PendingCall& call);
  void RunTogether(absl::Span<Carried> calls);
  void End(PendingCall& call, const grpc::ByteBuffer& answer, const absl::Status& status);
  void Refuse(PendingCall& call, observe::LaneRefusal why, const absl::Status& status);
  bool Logs(const PublicError& error) const;
  void Log(const PendingCall& call, const absl::Status& status, const PublicError& error,
           absl::string_view request_id, int64_t nanos) const;

  const Options options_;
  const base::Clock& clock_;
  const Authenticator& authenticator_;
  Lanes& lanes_;
  observe::Logger& logger_;
  observe::LaneMetrics& lane_metrics_;
  domain::AuditTrail* const audit_;
  std::atomic<bool> refusing_{false};
  HeldAnswers held_;  // last: what it gives uses all of the above
};

}  // namespace signet::rpc
