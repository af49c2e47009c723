// grpc.health.v1 as callers meet it.

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "grpc/health/v1/health.grpc.pb.h"
#include "server/rpc/nobody_is_known.h"
#include "server/rpc/reason_of.h"
#include "server/rpc/server.h"

namespace signet::rpc {
namespace {

using grpc::health::v1::Health;
using grpc::health::v1::HealthCheckRequest;
using grpc::health::v1::HealthCheckResponse;

constexpr MethodRow kRows[] = {
    {"signet.v1.KeyService/ListKeys", {CallerRule::Kind::kAnyone, {}}, Lane::kInline, 9, false},
    {"signet.v1.KeyService/PrepareKey", {CallerRule::Kind::kAnyone, {}}, Lane::kInline, 9, false},
    {"signet.v1.KeyService/ActivateKey", {CallerRule::Kind::kAnyone, {}}, Lane::kInline, 9, false},
    {"signet.v1.KeyService/TaintKey", {CallerRule::Kind::kAnyone, {}}, Lane::kInline, 9, false},
    {"signet.v1.KeyService/RetireKey", {CallerRule::Kind::kAnyone, {}}, Lane::kInline, 9, false},
    {"signet.v1.KeyService/ListVerifiers",
     {CallerRule::Kind::kAnyone, {}},
     Lane::kInline,
     9,
     false},
};
constexpr char kKeyService[] = "signet.v1.KeyService";

class QuietKeys final : public Service {
 public:
  std::string full_name() const override { return kKeyService; }
  void Register(MethodRegistry& registry) override {
    for (const MethodRow& row : kRows) {
      registry.Add(row.full_name, [](const Call&, grpc::ByteBuffer&, grpc::ByteBuffer&) {
        return absl::OkStatus();
      });
    }
  }
};

// One open Watch.
class Watcher {
 public:
  Watcher(Health::Stub& stub, const std::string& service) {
    context_.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(30));
    HealthCheckRequest request;
    request.set_service(service);
    reader_ = stub.Watch(&context_, request);
  }
  ~Watcher() { context_.TryCancel(); }

  // What is said next; "" when the stream has ended.
  std::string Next() {
    HealthCheckResponse response;
    if (!reader_->Read(&response)) return "";
    return HealthCheckResponse::ServingStatus_Name(response.status());
  }
  grpc::Status End() { return reader_->Finish(); }
  void Cancel() { context_.TryCancel(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<HealthCheckResponse>> reader_;
};

class HealthTest : public testing::Test {
 protected:
  HealthTest() {
    ServerOptions options;
    const std::string address =
        absl::StrCat("unix:", testing::TempDir(), "/signet-health-", getpid(), ".sock");
    options.listeners.push_back({address, Listener::Security::kPlaintext, {}});
    options.completion_queues = 2;
    options.max_health_watchers = 3;
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(std::make_unique<QuietKeys>());
    server_ = std::make_unique<Server>(
        options,
        ServerCollaborators{clock_, nobody_, logger_, metrics_, lane_metrics_, connections_},
        std::move(services), absl::MakeConstSpan(kRows));
    EXPECT_EQ(server_->Start(), absl::OkStatus());
    stub_ = Health::NewStub(grpc::CreateChannel(address, grpc::InsecureChannelCredentials()));
  }

  std::string Check(const std::string& service) {
    grpc::ClientContext context;
    HealthCheckRequest request;
    HealthCheckResponse response;
    request.set_service(service);
    const grpc::Status status = stub_->Check(&context, request, &response);
    if (status.ok()) return HealthCheckResponse::ServingStatus_Name(response.status());
    return absl::StrCat(static_cast<int>(status.error_code()));
  }

  base::SystemClock clock_;
  NobodyIsKnown nobody_;
  observe::LogWriter writer_{STDERR_FILENO};
  observe::Logger logger_{writer_, clock_, observe::LogLevel::kError};
  observe::GrpcMetrics metrics_{MetricMethods(absl::MakeConstSpan(kRows))};
  observe::LaneMetrics lane_metrics_;
  observe::ConnectionMetrics connections_;
  std::unique_ptr<Server> server_;
  std::unique_ptr<Health::Stub> stub_;
};

TEST_F(HealthTest, ItIsDownUntilSaidOtherwiseAndDownAgainByServiceAndOnItsOwn) {
  EXPECT_EQ(Check(kKeyService), "NOT_SERVING");
  EXPECT_EQ(Check(""), "NOT_SERVING");
  server_->SetServing(kKeyService, Server::Serving::kYes);
  EXPECT_EQ(Check(kKeyService), "SERVING");
  EXPECT_EQ(Check(""), "NOT_SERVING");
  server_->SetServing(kKeyService, Server::Serving::kNo);
  EXPECT_EQ(Check(kKeyService), "NOT_SERVING");
  EXPECT_EQ(Check("signet.v1.NoService"), "5");  // NOT_FOUND
}

TEST_F(HealthTest, AWatcherHearsHowItIsAndThenEachChange) {
  Watcher watcher(*stub_, kKeyService);
  EXPECT_EQ(watcher.Next(), "NOT_SERVING");
  server_->SetServing(kKeyService, Server::Serving::kYes);
  EXPECT_EQ(watcher.Next(), "SERVING");
  server_->SetServing(kKeyService, Server::Serving::kYes);  // no change
  server_->SetServing("", Server::Serving::kYes);           // another's
  server_->SetServing(kKeyService, Server::Serving::kNo);
  EXPECT_EQ(watcher.Next(), "NOT_SERVING");
}

TEST_F(HealthTest, AServiceThatIsNotHereIsWatchedAllTheSame) {
  Watcher watcher(*stub_, "signet.v1.NoService");
  EXPECT_EQ(watcher.Next(), "SERVICE_UNKNOWN");
  Watcher other(*stub_, "");
  EXPECT_EQ(other.Next(), "NOT_SERVING");  // the server has lived through the first
  server_->Drain(absl::Now() + absl::Minutes(1));
  EXPECT_EQ(watcher.Next(), "") << "the stream was open, and nothing more was said";
}

TEST_F(HealthTest, ADrainTellsWatchersAndEndsThem) {
  server_->SetServing(kKeyService, Server::Serving::kYes);
  Watcher watcher(*stub_, kKeyService);
  EXPECT_EQ(watcher.Next(), "SERVING");
  const absl::Time start = absl::Now();
  server_->Drain(start + absl::Minutes(1));
  EXPECT_LT(absl::Now() - start, absl::Seconds(30)) << "a watcher holds up the drain";
  server_->SetServing(kKeyService, Server::Serving::kYes);  // whatever anybody says now
  EXPECT_EQ(watcher.Next(), "NOT_SERVING");
  EXPECT_EQ(watcher.Next(), "");
  const grpc::Status end = watcher.End();
  EXPECT_EQ(end.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(end), "SHUTTING_DOWN");
}

TEST_F(HealthTest, WatchersAreBoundedAndMakeRoomWhenTheyGo) {
  std::vector<std::unique_ptr<Watcher>> watchers;
  for (int i = 0; i < 3; ++i) {
    watchers.push_back(std::make_unique<Watcher>(*stub_, kKeyService));
    EXPECT_EQ(watchers.back()->Next(), "NOT_SERVING");
  }
  Watcher refused(*stub_, kKeyService);
  EXPECT_EQ(refused.Next(), "");
  const grpc::Status status = refused.End();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(status), "OVERLOADED");

  watchers.front()->Cancel();
  std::string said;
  for (const absl::Time deadline = absl::Now() + absl::Seconds(20);
       said.empty() && absl::Now() < deadline;) {
    said = Watcher(*stub_, kKeyService).Next();
  }
  EXPECT_EQ(said, "NOT_SERVING");
}

}  // namespace
}  // namespace signet::rpc
