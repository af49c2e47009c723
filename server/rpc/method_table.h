#pragma once

#include <cstddef>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "server/domain/abuse/rate_limit.h"
#include "server/observe/grpc_metrics.h"

namespace signet::rpc {

// Where a method runs.
enum class Lane {
  kInline,    // on the gRPC thread: microseconds of CPU, no lock, no query
  kCompute,   // on a worker: milliseconds of CPU, no query
  kDatabase,  // on a worker: waits for PostgreSQL
  kBatch,     // on a worker with all that wait: they wait for PostgreSQL together
  kHashing,   // on a worker: waits for a password to be hashed, and for PostgreSQL
};
inline constexpr size_t kLaneCount = 5;

// Who may call a method.
struct CallerRule {
  enum class Kind {
    kAnyone,      // an `authorization` header is not even looked at
    kUser,        // the access token of a session
    kPermission,  // the same, with a permission in it
  };
  Kind kind = Kind::kPermission;
  absl::string_view permission;  // of kPermission only
};

// How fresh the caller's authentication must be.
enum class StepUp {
  kNone,
  // Not older than Options::step_up_age, with the second factor where the account has one: what is
  // hard to undo asks for the person, and not just for a token that may have been left behind.
  kRecent,
};

// Whether a service account may call, too: by its access token, or by an API key as HTTP Basic. A
// handler then finds either Call::caller or Call::service. Where anyone may call, the handler is
// given the Basic credentials, unjudged.
enum class ServiceAccounts { kRefused, kAdmitted };

// How many messages pass.
enum class Stream {
  kNone,     // one each way
  kAnswers,  // one request, many answers
  kBoth,     // many each way
};

// Which answers are given at Options::refusal_time after the call came, whatever was done
// meanwhile: how long it took would tell whether there is an account, and of which kind.
enum class EvenTime {
  kNone,
  kRefusals,  // of credentials: CREDENTIALS_INVALID
  kAccepted,  // OK, where it is the answer to addresses that nobody has, too
};

// One RPC. What a row says is enforced by the call runner alone, so that no service can forget it.
struct MethodRow {
  absl::string_view full_name;  // "signet.v1.AuthService/Login"
  CallerRule caller;
  Lane lane = Lane::kDatabase;
  // Calls of it at once in this process; one more is OVERLOADED. Of streams Options::max_streams
  // says how many.
  int max_in_flight = 1;
  bool audited = false;            // authentication and administration: marked so in the log line
  StepUp step_up = StepUp::kNone;  // of callers who are a session
  EvenTime even_time = EvenTime::kNone;
  // Which rates it is held to, by address, in all, and by the caller's session; not for
  // inline ones, which must not wait. What a rate counts by account or client of the request its
  // service takes itself.
  domain::LimitedAction limited = domain::LimitedAction::kNone;
  ServiceAccounts services = ServiceAccounts::kRefused;
  // Of a stream the lane is kInline: its handler never waits.
  Stream stream = Stream::kNone;

  absl::string_view service() const;  // "signet.v1.AuthService"
  absl::string_view method() const;   // "Login"
};

// Every RPC that this server offers.
absl::Span<const MethodRow> MethodTable();

// FAILED_PRECONDITION, naming every offender, unless rows and methods of `services` (full names,
// looked up in the linked-in descriptors) match one to one: a method without a row would be open
// to nobody knows whom, a row without a method is a typo. Stops the start.
absl::Status CheckMethodTable(absl::Span<const MethodRow> rows,
                              const std::vector<std::string>& services);

// The methods in the order of `rows`, for observe::GrpcMetrics.
std::vector<observe::GrpcMetrics::Method> MetricMethods(absl::Span<const MethodRow> rows);

}  // namespace signet::rpc
