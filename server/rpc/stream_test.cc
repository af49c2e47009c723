// Streams as callers meet them: over a real channel, with handlers that the test drives.

#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <grpcpp/generic/generic_stub.h>
#include <grpcpp/grpcpp.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "server/rpc/reason_of.h"
#include "server/rpc/server.h"
#include "server/rpc/stream_fixture.h"
#include "signet/v1/token_service.grpc.pb.h"

namespace signet::rpc {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

class StreamTest : public testing::Test {
 protected:
  static constexpr absl::Duration kNever = absl::Hours(1);

  ~StreamTest() override {
    if (server_) server_->Drain(absl::Now() + absl::Seconds(10));
  }

  void Start(absl::Duration beat = kNever, absl::Duration patience = kNever, int streams = 100) {
    const std::string socket =
        absl::StrCat("unix:", testing::TempDir(), "/signet-stream-", getpid(), ".sock");
    ServerOptions options;
    options.listeners.push_back({socket, Listener::Security::kPlaintext, {}});
    options.completion_queues = 2;
    options.max_posted_calls = 4;
    options.stream_beat = beat;
    options.stream_patience = patience;
    options.calls.max_streams = streams;
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(std::make_unique<ScriptedTokens>(rows_, script_));
    server_ = std::make_unique<Server>(
        options,
        ServerCollaborators{clock_, nobody_, logger_, metrics_, lane_metrics_, connections_},
        std::move(services), absl::MakeConstSpan(rows_));
    ASSERT_EQ(server_->Start(), absl::OkStatus());
    channel_ = grpc::CreateChannel(socket, grpc::InsecureChannelCredentials());
    tokens_ = v1::TokenService::NewStub(channel_);
  }

  const observe::GrpcMethodMetrics& MetricsOf(absl::string_view method) {
    for (size_t i = 0; i < rows_.size(); ++i) {
      if (rows_[i].method() == method) return metrics_.method(i);
    }
    ADD_FAILURE() << method;
    return metrics_.method(0);
  }

  const std::vector<MethodRow> rows_ = RowsOfTokenService();
  base::SystemClock clock_;
  NobodyIsKnown nobody_;
  observe::LogWriter writer_{2};
  observe::Logger logger_{writer_, clock_, observe::LogLevel::kError};
  observe::GrpcMetrics metrics_{MetricMethods(absl::MakeConstSpan(rows_))};
  observe::LaneMetrics lane_metrics_;
  observe::ConnectionMetrics connections_;
  Script script_;
  std::unique_ptr<Server> server_;
  std::shared_ptr<grpc::Channel> channel_;
  std::unique_ptr<v1::TokenService::Stub> tokens_;
};

TEST_F(StreamTest, AnswersEveryMessageInOrderAndEndsWhenTheCallerDoes) {
  Start();
  grpc::ClientContext context;
  const auto stream = tokens_->ValidateStream(&context);
  std::thread writer([&] {
    for (int i = 0; i < 500; ++i) {
      v1::ValidateStreamRequest request;
      request.set_id(absl::StrCat(i));
      ASSERT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
  });
  v1::ValidateStreamResponse response;
  int next = 0;
  while (stream->Read(&response)) EXPECT_EQ(response.id(), absl::StrCat(next++));
  writer.join();
  EXPECT_EQ(next, 500);
  EXPECT_TRUE(stream->Finish().ok());
  script_.AwaitEndings(1);
  EXPECT_THAT(script_.endings, ElementsAre(StreamHandler::Ending::kLeft));
  EXPECT_EQ(MetricsOf("ValidateStream").received(), 500u);
  EXPECT_EQ(MetricsOf("ValidateStream").sent(), 500u);
  EXPECT_EQ(MetricsOf("ValidateStream").handled(grpc::StatusCode::OK), 1u);
  EXPECT_EQ(MetricsOf("ValidateStream").open(), 0u);
}

TEST_F(StreamTest, AMessageThatBreaksARuleEndsTheStream) {
  Start();
  for (const auto& [id, reason] : std::vector<std::pair<std::string, std::string>>{
           {"bad", "FIELD_INVALID"}, {"throw", "INTERNAL"}}) {
    grpc::ClientContext context;
    const auto stream = tokens_->ValidateStream(&context);
    v1::ValidateStreamRequest request;
    v1::ValidateStreamResponse response;
    for (const std::string& each : {std::string("good"), id, std::string("too late")}) {
      request.set_id(each);
      stream->Write(request);
    }
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.id(), "good");
    EXPECT_FALSE(stream->Read(&response));
    EXPECT_EQ(ReasonOf(stream->Finish()), reason);
  }
  script_.AwaitEndings(2);
  EXPECT_THAT(script_.endings,
              ElementsAre(StreamHandler::Ending::kOther, StreamHandler::Ending::kOther));
}

TEST_F(StreamTest, AStreamThatIsHalfClosedAtOnceEndsWell) {
  Start();
  grpc::ClientContext context;
  const auto stream = tokens_->ValidateStream(&context);
  stream->WritesDone();
  EXPECT_TRUE(stream->Finish().ok());
}

// Generated clients cannot do this.
TEST_F(StreamTest, AStreamOfOneRequestThatBringsNoneIsRefused) {
  Start();
  grpc::GenericStub stub(channel_);
  grpc::CompletionQueue queue;
  grpc::ClientContext context;
  const auto await = [&queue] {
    void* tag = nullptr;
    bool ok = false;
    return queue.Next(&tag, &ok) && ok;
  };
  const auto stream =
      stub.PrepareCall(&context, "/signet.v1.TokenService/WatchRevocations", &queue);
  stream->StartCall(nullptr);
  ASSERT_TRUE(await());
  stream->WritesDone(nullptr);
  ASSERT_TRUE(await());
  grpc::Status status;
  stream->Finish(&status, nullptr);
  ASSERT_TRUE(await());
  EXPECT_EQ(ReasonOf(status), "FIELD_INVALID");
  EXPECT_EQ(script_.Asked(), 0);
}

TEST_F(StreamTest, NewsAreWrittenWhenStreamsAreWokenAndNotBefore) {
  Start();
  script_.Tell("one");  // nobody wakes a stream that is not there yet
  grpc::ClientContext context;
  const auto stream = tokens_->WatchKeySet(&context);
  v1::WatchKeySetResponse response;
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.jwks_json(), "one");
  script_.Tell("two");
  server_->WakeStreams();
  ASSERT_TRUE(stream->Read(&response));
  EXPECT_EQ(response.jwks_json(), "two");
  context.TryCancel();
  EXPECT_EQ(stream->Finish().error_code(), grpc::StatusCode::CANCELLED);
}

TEST_F(StreamTest, StreamsAreWokenWithoutNewsToo) {
  Start(absl::Milliseconds(10));
  grpc::ClientContext context;
  const auto stream = tokens_->WatchKeySet(&context);
  v1::WatchKeySetResponse response;
  for (const char* news : {"one", "two", "three"}) {
    script_.Tell(news);
    ASSERT_TRUE(stream->Read(&response));
    EXPECT_EQ(response.jwks_json(), news);
  }
  context.TryCancel();
  stream->Finish();
}

TEST_F(StreamTest, ACallerWhoGoesAwayHasNotSaidGoodbye) {
  Start();
  script_.Tell("one");
  grpc::ClientContext context;
  const auto stream = tokens_->WatchKeySet(&context);
  v1::WatchKeySetResponse response;
  ASSERT_TRUE(stream->Read(&response));
  context.TryCancel();
  stream->Finish();
  script_.AwaitEndings(1);
  EXPECT_THAT(script_.endings, ElementsAre(StreamHandler::Ending::kOther));
  EXPECT_EQ(MetricsOf("WatchKeySet").handled(grpc::StatusCode::CANCELLED), 1u);
  EXPECT_EQ(MetricsOf("WatchKeySet").open(), 0u);
}

TEST_F(StreamTest, MoreThanTheMostAreRefusedUntilOneEnds) {
  Start(kNever, kNever, 2);
  grpc::ClientContext contexts[2];
  std::vector<
      std::unique_ptr<grpc::ClientReaderWriter<v1::WatchKeySetRequest, v1::WatchKeySetResponse>>>
      streams;
  v1::WatchKeySetResponse response;
  script_.greeting = "welcome";
  for (auto& context : contexts) {
    streams.push_back(tokens_->WatchKeySet(&context));
    ASSERT_TRUE(streams.back()->Read(&response));
  }
  {
    grpc::ClientContext context;
    const auto third = tokens_->WatchKeySet(&context);
    EXPECT_FALSE(third->Read(&response));
    const grpc::Status refused = third->Finish();
    EXPECT_EQ(refused.error_code(), grpc::StatusCode::RESOURCE_EXHAUSTED);
    EXPECT_EQ(ReasonOf(refused), "TOO_MANY_STREAMS");
  }
  contexts[0].TryCancel();
  streams[0]->Finish();
  script_.AwaitEndings(1);
  grpc::ClientContext context;
  const auto next = tokens_->WatchKeySet(&context);
  ASSERT_TRUE(next->Read(&response));
  EXPECT_EQ(response.jwks_json(), "welcome");
  for (grpc::ClientContext* open : {&contexts[1], &context}) open->TryCancel();
  streams[1]->Finish();
  next->Finish();
}

// Whoever does not read costs what gRPC's window holds, and then the stream.
TEST_F(StreamTest, ACallerWhoDoesNotReadIsEndedAndNothingIsMadeForHim) {
  Start(absl::Milliseconds(10), absl::Milliseconds(200));
  grpc::ClientContext context;
  const auto stream = tokens_->WatchRevocations(&context, v1::WatchRevocationsRequest());
  script_.AwaitEndings(1);
  const int made = script_.Asked();
  EXPECT_LT(made, 200);
  v1::WatchRevocationsResponse response;
  int read = 0;
  while (stream->Read(&response)) ++read;
  EXPECT_LE(read, made);
  const grpc::Status status = stream->Finish();
  EXPECT_EQ(status.error_code(), grpc::StatusCode::ABORTED);
  EXPECT_THAT(status.error_message(), HasSubstr("resume"));
  EXPECT_EQ(MetricsOf("WatchRevocations").handled(grpc::StatusCode::ABORTED), 1u);
}

TEST_F(StreamTest, ADrainEndsEveryStreamAfterTheAnswersThatWereReady) {
  Start();
  script_.Tell("hello");
  grpc::ClientContext context;
  const auto watch = tokens_->WatchKeySet(&context);
  v1::WatchKeySetResponse response;
  ASSERT_TRUE(watch->Read(&response));
  grpc::ClientContext second;
  const auto validate = tokens_->ValidateStream(&second);
  v1::ValidateStreamRequest request;
  request.set_id("last");
  ASSERT_TRUE(validate->Write(request));
  v1::ValidateStreamResponse answer;
  ASSERT_TRUE(validate->Read(&answer));

  const absl::Time began = absl::Now();
  server_->Drain(absl::Now() + absl::Seconds(30));
  EXPECT_LT(absl::Now() - began, absl::Seconds(10));
  EXPECT_FALSE(watch->Read(&response));
  EXPECT_EQ(ReasonOf(watch->Finish()), "SHUTTING_DOWN");
  EXPECT_FALSE(validate->Read(&answer));
  EXPECT_EQ(ReasonOf(validate->Finish()), "SHUTTING_DOWN");
  EXPECT_EQ(script_.endings.size(), 2u);
}

TEST_F(StreamTest, AServerWithARowThatStreamsOtherwiseDoesNotStart) {
  std::vector<MethodRow> rows = rows_;
  for (MethodRow& row : rows) {
    if (row.method() == "WatchRevocations") row.stream = Stream::kBoth;
    if (row.method() == "ValidateStream") row.lane = Lane::kDatabase;
  }
  const absl::Status status = CheckMethodTable(rows, {kService});
  EXPECT_THAT(std::string(status.message()), HasSubstr("WatchRevocations streams otherwise"));
  EXPECT_THAT(std::string(status.message()), HasSubstr("ValidateStream is a stream, which is"));
}

}  // namespace
}  // namespace signet::rpc
