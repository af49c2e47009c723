#pragma once

#include <atomic>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <unistd.h>

#include "absl/synchronization/notification.h"
#include "absl/types/span.h"
#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/token/token_fixture.h"
#include "client/token/verifier.h"
#include "server/domain/call_deadline.h"
#include "server/rpc/call_runner.h"
#include "server/rpc/grpc_call.h"
#include "server/rpc/nobody_is_known.h"

// For tests alone: a runner over small lanes, and calls that no network brought.
namespace signet::rpc {
inline const absl::Time kNow = absl::FromUnixSeconds(1'000'000);

// Everybody is one user with the permission "users.read".
class OneUserIsKnown final : public Authenticator {
 public:
  absl::StatusOr<domain::Caller> Authenticate(absl::string_view, absl::Time) const override {
    token::AccessTokenClaims claims = token::SomeClaims();
    claims.subject = "0191e4a0-0000-7000-8000-000000000001";
    claims.session_id = "0191e4a0-0000-7000-8000-000000000002";
    claims.auth_time = token::At(1000);
    const auto token = token::SignClaims(token::TestKey(), "k", claims);
    return domain::Caller::From(verifier_.VerifyForIssuer(token, token::At(1100)).token());
  }

 private:
  base::Snapshot<token::KeySet> keys_{
      std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey()))};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<const token::RevocationSet>()};
  token::AccessTokenVerifier verifier_{{"https://id.example.com"}, keys_, revocations_};
};

// A call that no network brought.
class FakeCall final : public GrpcCall {
 public:
  explicit FakeCall(Endpoint& endpoint) : endpoint_(endpoint) {}
  Endpoint& endpoint() const override { return endpoint_; }
  grpc::ServerContext& context() override { return context_; }
  const grpc::ServerContext& context() const override { return context_; }
  grpc::ByteBuffer& request() override { return request_; }
  bool cancelled() const override { return is_cancelled; }
  void Finish(const grpc::ByteBuffer&, const grpc::Status& answered) override {
    status = answered;
    if (++finishes == 1) done.Notify();
  }

  std::atomic<bool> is_cancelled{false};
  std::atomic<int> finishes{0};
  grpc::Status status;
  absl::Notification done;

 private:
  Endpoint& endpoint_;
  grpc::ServerContext context_;
  grpc::ByteBuffer request_;
};

class CallRunnerTest : public testing::Test {
 protected:
  static Lanes::Options SmallLanes() {
    Lanes::Options options;
    options.batch = {1, 4};
    options.compute = options.database = options.hashing = Lanes::Size{1, 1};
    return options;
  }

  Endpoint& Make(const MethodRow& row, Handler handler) {
    rows_.push_back(row);
    Endpoint& endpoint = endpoints_.emplace_back();
    endpoint.row = &rows_.back();
    endpoint.handler = std::move(handler);
    endpoint.metrics = &metrics_.method(0);
    return endpoint;
  }

  static MethodRow Row(Lane lane, int max_in_flight = 100,
                       CallerRule::Kind kind = CallerRule::Kind::kAnyone) {
    return {"signet.v1.TokenService/Refresh", {kind, "keys.read"}, lane, max_in_flight, true};
  }

  Endpoint& MakeBatch(const MethodRow& row, BatchHandler handler) {
    Endpoint& endpoint = Make(row, nullptr);
    endpoint.batch_handler = std::move(handler);
    return endpoint;
  }

  // Answers every call of a batch; of the first one not before it is let go.
  BatchHandler HeldBatches() {
    return [this](absl::Span<BatchedCall* const> calls) {
      batches_.push_back(calls.size());
      batch_deadline_ = domain::ScopedCallDeadline::Current();
      if (batches_.size() == 1) {
        running_.Notify();
        let_go_.WaitForNotification();
      }
      for (BatchedCall* call : calls) call->Answer({}, absl::OkStatus());
    };
  }

  // A handler that says when it runs and then waits to be let go.
  Handler Waiting() {
    return [this](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
      running_.Notify();
      let_go_.WaitForNotification();
      return absl::OkStatus();
    };
  }

  Handler Counting() {
    return [this](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
      ++ran_;
      return absl::OkStatus();
    };
  }

  uint64_t Refused(Lane lane, observe::LaneRefusal why) {
    return lane_metrics_.refused(LabelOf(lane), why);
  }

  base::FakeClock clock_{kNow};
  NobodyIsKnown nobody_;
  observe::LogWriter writer_{STDERR_FILENO};
  observe::Logger logger_{writer_, clock_, observe::LogLevel::kError};
  observe::GrpcMetrics metrics_{
      std::vector<observe::GrpcMetrics::Method>{{"signet.v1.TokenService", "Refresh"}}};
  observe::LaneMetrics lane_metrics_;
  std::deque<MethodRow> rows_;
  std::deque<Endpoint> endpoints_;
  absl::Notification running_;
  absl::Notification let_go_;
  std::atomic<int> ran_{0};
  std::vector<size_t> batches_;  // sizes; written by the one thread of the batch lane
  absl::Time batch_deadline_;
  Lanes lanes_{SmallLanes(), lane_metrics_,
               [this](absl::Span<PendingCall* const> calls) { runner_.RunBatch(calls); }};
  CallRunner runner_{CallRunner::Options(), clock_, nobody_, lanes_, logger_, lane_metrics_};
};

}  // namespace signet::rpc
