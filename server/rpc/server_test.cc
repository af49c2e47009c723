#include "server/rpc/server.h"

#include <atomic>
#include <functional>
#include <iterator>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/blocking_counter.h"
#include "absl/synchronization/notification.h"
#include "client/base/error.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/nobody_is_known.h"
#include "server/rpc/reason_of.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/key_service.grpc.pb.h"

namespace signet::rpc {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr size_t kLargestRequest = 4096;

constexpr MethodRow kServerRows[] = {
    {"signet.v1.KeyService/ListKeys", {CallerRule::Kind::kAnyone, {}}, Lane::kInline, 1000, false},
    {"signet.v1.KeyService/PrepareKey",
     {CallerRule::Kind::kAnyone, {}},
     Lane::kDatabase,
     1000,
     false},
    {"signet.v1.KeyService/ActivateKey",
     {CallerRule::Kind::kUser, {}},
     Lane::kDatabase,
     1000,
     false},
    {"signet.v1.KeyService/TaintKey", {CallerRule::Kind::kUser, {}}, Lane::kDatabase, 1000, true},
    {"signet.v1.KeyService/RetireKey", {CallerRule::Kind::kUser, {}}, Lane::kDatabase, 1000, true},
    {"signet.v1.KeyService/ListVerifiers",
     {CallerRule::Kind::kUser, {}},
     Lane::kDatabase,
     1000,
     true},
};

// What a test wants to happen in the two methods that anyone may call.
struct ServerScript {
  std::function<absl::Status(const Call&)> list = [](const Call&) { return absl::OkStatus(); };
  std::function<absl::Status(const Call&)> prepare = [](const Call&) { return absl::OkStatus(); };
};

class ScriptedKeys final : public Service {
 public:
  explicit ScriptedKeys(ServerScript& script) : script_(script) {}
  std::string full_name() const override { return "signet.v1.KeyService"; }
  void Register(MethodRegistry& registry) override {
    registry.Add(kServerRows[0].full_name, TypedHandler<v1::ListKeysRequest, v1::ListKeysResponse>(
                                               [this](const Call& call, auto&, auto& response) {
                                                 response.add_keys()->set_kid("k");
                                                 return script_.list(call);
                                               }));
    registry.Add(kServerRows[1].full_name,
                 TypedHandler<v1::PrepareKeyRequest, v1::PrepareKeyResponse>(
                     [this](const Call& call, auto& request, auto& response) {
                       response.mutable_key()->set_kid(request.algorithm());
                       return script_.prepare(call);
                     }));
    for (size_t i = 2; i < std::size(kServerRows); ++i) {
      registry.Add(kServerRows[i].full_name,
                   TypedHandler<v1::TaintKeyRequest, v1::TaintKeyResponse>(
                       [](const Call&, auto&, auto&) { return absl::OkStatus(); }));
    }
  }

 private:
  ServerScript& script_;
};

class ServerTest : public testing::Test {
 protected:
  // Sends bytes to any method.
  grpc::Status CallRaw(const std::string& path, const std::string& bytes,
                       grpc::ByteBuffer& answer) {
    grpc::GenericStub stub(channel_);
    grpc::ClientContext context;
    const grpc::Slice slice(bytes);
    grpc::ByteBuffer request(&slice, 1);
    grpc::CompletionQueue queue;
    auto call = stub.PrepareUnaryCall(&context, path, request, &queue);
    call->StartCall();
    grpc::Status status;
    call->Finish(&answer, &status, nullptr);
    void* tag = nullptr;
    bool ok = false;
    queue.Next(&tag, &ok);
    return status;
  }

  void SetUp() override { Start(absl::ZeroDuration()); }

  void Start(absl::Duration drain_pause) {
    socket_ = absl::StrCat("unix:", testing::TempDir(), "/signet-rpc-", getpid(), ".sock");
    ServerOptions options;
    options.listeners.push_back({socket_, Listener::Security::kPlaintext, {}});
    options.completion_queues = 2;
    options.max_posted_calls = 4;
    options.calls.max_request_bytes = kLargestRequest;
    options.drain_pause = drain_pause;
    options.lanes.database = {8, 256};
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(std::make_unique<ScriptedKeys>(script_));
    server_ = std::make_unique<Server>(
        options,
        ServerCollaborators{clock_, nobody_, logger_, metrics_, lane_metrics_, connections_},
        std::move(services), absl::MakeConstSpan(kServerRows));
    ASSERT_EQ(server_->Start(), absl::OkStatus());
    channel_ = grpc::CreateChannel(socket_, grpc::InsecureChannelCredentials());
    keys_ = v1::KeyService::NewStub(channel_);
  }

  grpc::Status Prepare(grpc::ClientContext& context) {
    v1::PrepareKeyResponse response;
    return keys_->PrepareKey(&context, v1::PrepareKeyRequest(), &response);
  }

  ServerScript script_;
  base::SystemClock clock_;
  NobodyIsKnown nobody_;
  observe::LogWriter writer_{STDERR_FILENO};
  observe::Logger logger_{writer_, clock_, observe::LogLevel::kError};
  observe::GrpcMetrics metrics_{MetricMethods(absl::MakeConstSpan(kServerRows))};
  observe::LaneMetrics lane_metrics_;
  observe::ConnectionMetrics connections_;
  std::string socket_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::KeyService::Stub> keys_;
};

//
TEST_F(ServerTest, ACallOfAnotherPortIsServedAsOneOfItsOwn) {
  const auto ask = [&](const std::string& method, const std::string& caller) {
    OutsideAnswer given;
    absl::Notification done;
    server_->Call({.method = method, .caller = caller}, [&](OutsideAnswer answer) {
      given = std::move(answer);
      done.Notify();
    });
    done.WaitForNotification();
    return given;
  };
  v1::ListKeysResponse listed;
  const OutsideAnswer answer = ask("signet.v1.KeyService/ListKeys", "192.0.2.1");
  EXPECT_TRUE(answer.status.ok());
  EXPECT_TRUE(answer.ran);
  ASSERT_TRUE(listed.ParseFromString(answer.message));
  EXPECT_EQ(listed.keys(0).kid(), "k");
  EXPECT_EQ(metrics_.method(0).started(), 1u);
  EXPECT_EQ(ReasonOf(ask("signet.v1.KeyService/TaintKey", "192.0.2.1").status), "TOKEN_INVALID");
  EXPECT_EQ(ReasonOf(ask("signet.v1.KeyService/NoSuch", "192.0.2.1").status), "METHOD_UNKNOWN");
  EXPECT_EQ(ReasonOf(ask("", "192.0.2.1").status), "METHOD_UNKNOWN");
  EXPECT_FALSE(ask("", "192.0.2.1").ran);
  // For whom it counts must be known.
  EXPECT_EQ(ReasonOf(ask("signet.v1.KeyService/ListKeys", "").status), "INTERNAL");
  EXPECT_FALSE(ask("signet.v1.KeyService/ListKeys", "").ran);
  server_->Drain(absl::Now() + absl::Minutes(1));
  EXPECT_EQ(ReasonOf(ask("signet.v1.KeyService/ListKeys", "192.0.2.1").status), "SHUTTING_DOWN");
}

TEST_F(ServerTest, ServesBothLanes) {
  grpc::ClientContext first;
  v1::ListKeysResponse listed;
  ASSERT_TRUE(keys_->ListKeys(&first, v1::ListKeysRequest(), &listed).ok());
  EXPECT_EQ(listed.keys(0).kid(), "k");
  grpc::ClientContext second;
  v1::PrepareKeyRequest request;
  request.set_algorithm("ES256");
  v1::PrepareKeyResponse prepared;
  ASSERT_TRUE(keys_->PrepareKey(&second, request, &prepared).ok());
  EXPECT_EQ(prepared.key().kid(), "ES256");
}

TEST_F(ServerTest, EchoesTheRequestIdOrMakesOneThatTheHandlerStoresToo) {
  grpc::ClientContext echoed;
  echoed.AddMetadata("x-request-id", "abc-1");
  ASSERT_TRUE(Prepare(echoed).ok());
  EXPECT_EQ(echoed.GetServerInitialMetadata().find("x-request-id")->second, "abc-1");

  script_.prepare = [](const Call&) { return base::FieldError("kid", "is required"); };
  grpc::ClientContext made;
  EXPECT_EQ(Prepare(made).error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(made.GetServerInitialMetadata().count("x-request-id"), 1u);

  std::string stored;
  script_.prepare = [&stored](const Call& call) {
    stored = call.info.request_id;
    return absl::OkStatus();
  };
  grpc::ClientContext unasked;
  EXPECT_TRUE(Prepare(unasked).ok());
  EXPECT_FALSE(stored.empty());
  EXPECT_EQ(unasked.GetServerInitialMetadata().find("x-request-id")->second, stored);
}

// INTERNAL never comes from input.
TEST_F(ServerTest, BytesThatAreNoMessageAreAFieldError) {
  for (const std::string& bytes : {std::string("\xff\xff\xff"), std::string("\x0a\x01\xff")}) {
    grpc::ByteBuffer answer;
    const auto status = CallRaw("/signet.v1.KeyService/PrepareKey", bytes, answer);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
    EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  }
}

TEST_F(ServerTest, AMethodThatIsNotThereHasItsReasonToo) {
  for (int i = 0; i < 10; ++i) {
    grpc::ByteBuffer answer;
    const auto status = CallRaw("/signet.v1.KeyService/StealKey", "", answer);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNIMPLEMENTED);
    EXPECT_EQ(ReasonOf(status), "METHOD_UNKNOWN");
  }
}

TEST_F(ServerTest, RefusesAMethodForUsersWithoutACredential) {
  grpc::ClientContext context;
  v1::TaintKeyResponse response;
  const auto status = keys_->TaintKey(&context, v1::TaintKeyRequest(), &response);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
  EXPECT_EQ(ReasonOf(status), "TOKEN_INVALID");
}

TEST_F(ServerTest, AnswersEachOf64ParallelCallers) {
  std::atomic<int> good{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < 64; ++i) {
    callers.emplace_back([&] {
      for (int j = 0; j < 20; ++j) {
        grpc::ClientContext first;
        grpc::ClientContext second;
        v1::ListKeysResponse listed;
        if (keys_->ListKeys(&first, v1::ListKeysRequest(), &listed).ok()) ++good;
        if (Prepare(second).ok()) ++good;
      }
    });
  }
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(good, 64 * 20 * 2);
}

TEST_F(ServerTest, SurvivesCallersThatGoAway) {
  absl::Notification running;
  absl::Notification let_go;
  script_.prepare = [&](const Call&) {
    running.Notify();
    let_go.WaitForNotification();
    return absl::OkStatus();
  };
  grpc::ClientContext context;
  std::thread caller(
      [&] { EXPECT_EQ(Prepare(context).error_code(), grpc::StatusCode::CANCELLED); });
  running.WaitForNotification();
  context.TryCancel();
  caller.join();
  let_go.Notify();
  grpc::ClientContext next;
  v1::ListKeysResponse listed;
  EXPECT_TRUE(keys_->ListKeys(&next, v1::ListKeysRequest(), &listed).ok());
  server_->Drain(absl::Now() + absl::Minutes(1));  // before what the handler uses is gone
}

// a drain finishes what is in flight.
TEST_F(ServerTest, DrainLosesNoCallThatHadArrived) {
  constexpr int kCalls = 8;  // as many as workers
  absl::BlockingCounter running(kCalls);
  absl::Notification let_go;
  script_.prepare = [&](const Call&) {
    running.DecrementCount();
    let_go.WaitForNotification();
    return absl::OkStatus();
  };
  std::atomic<int> good{0};
  std::vector<std::thread> callers;
  for (int i = 0; i < kCalls; ++i) {
    callers.emplace_back([&] {
      grpc::ClientContext context;
      if (Prepare(context).ok()) ++good;
    });
  }
  running.Wait();
  std::thread drain([&] { server_->Drain(absl::Now() + absl::Minutes(1)); });
  let_go.Notify();
  drain.join();
  for (auto& caller : callers) caller.join();
  EXPECT_EQ(good, kCalls);
}

TEST_F(ServerTest, DrainEndsWhatIsStillRunningAtItsDeadline) {
  absl::Notification running;
  absl::Notification let_go;
  script_.prepare = [&](const Call&) {
    running.Notify();
    let_go.WaitForNotification();
    return absl::OkStatus();
  };
  grpc::Status status;
  std::thread caller([&] {
    grpc::ClientContext context;
    status = Prepare(context);
    let_go.Notify();  // the caller has its answer while the handler still runs
  });
  running.WaitForNotification();
  server_->Drain(absl::InfinitePast());
  caller.join();
  EXPECT_FALSE(status.ok());
}

// A request a little too large is refused by us, in words; gRPC takes no more of it than that.
TEST_F(ServerTest, ARequestBeyondTheLimitIsAFieldErrorOfTheRequest) {
  grpc::ByteBuffer answer;
  const std::string largest(kLargestRequest, '\0');
  const auto no_message = CallRaw("/signet.v1.KeyService/PrepareKey", largest, answer);
  EXPECT_THAT(no_message.error_message(), Not(HasSubstr("larger")));
  const auto status = CallRaw("/signet.v1.KeyService/PrepareKey", largest + "x", answer);
  EXPECT_EQ(status.error_code(), grpc::StatusCode::INVALID_ARGUMENT);
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  EXPECT_THAT(status.error_message(), HasSubstr("larger than 4096 bytes"));
  const std::string far_beyond(kLargestRequest + (2 << 20), 'x');
  EXPECT_EQ(CallRaw("/signet.v1.KeyService/PrepareKey", far_beyond, answer).error_code(),
            grpc::StatusCode::RESOURCE_EXHAUSTED);
}

TEST_F(ServerTest, ADrainServesForItsPauseAfterHealthWentDown) {
  using grpc::health::v1::HealthCheckResponse;
  server_.reset();
  Start(absl::Seconds(2));
  server_->SetServing("", Server::Serving::kYes);
  const auto health = grpc::health::v1::Health::NewStub(channel_);
  grpc::ClientContext watch;
  const auto reader = health->Watch(&watch, grpc::health::v1::HealthCheckRequest());
  HealthCheckResponse said;
  ASSERT_TRUE(reader->Read(&said));
  EXPECT_EQ(said.status(), HealthCheckResponse::SERVING);
  std::thread drain([&] { server_->Drain(absl::Now() + absl::Minutes(1)); });
  EXPECT_TRUE(reader->Read(&said));
  EXPECT_EQ(said.status(), HealthCheckResponse::NOT_SERVING);
  grpc::ClientContext call;
  EXPECT_TRUE(Prepare(call).ok());
  EXPECT_FALSE(reader->Read(&said));
  EXPECT_EQ(ReasonOf(reader->Finish()), "SHUTTING_DOWN");
  drain.join();
}

TEST_F(ServerTest, DoesNotStartWithoutARowForEveryMethod) {
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<ScriptedKeys>(script_));
  Server server(ServerOptions(), {clock_, nobody_, logger_, metrics_, lane_metrics_, connections_},
                std::move(services), absl::MakeConstSpan(kServerRows).subspan(0, 4));
  const absl::Status status = server.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("signet.v1.KeyService/RetireKey has no row"));
}

TEST_F(ServerTest, DoesNotStartWithTlsFilesThatHoldNoPem) {
  ServerOptions options;
  options.listeners.push_back({"127.0.0.1:0", Listener::Security::kMutualTls, {"/nowhere"}});
  std::vector<std::unique_ptr<Service>> services;
  services.push_back(std::make_unique<ScriptedKeys>(script_));
  Server server(options, {clock_, nobody_, logger_, metrics_, lane_metrics_, connections_},
                std::move(services), absl::MakeConstSpan(kServerRows));
  const absl::Status status = server.Start();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere"));
}

}  // namespace
}  // namespace signet::rpc
