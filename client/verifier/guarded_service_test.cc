#include "client/verifier/guarded_service.h"

#include <atomic>
#include <memory>
#include <string>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <gtest/gtest.h>
#include <signet/v1/session_service.grpc.pb.h>

#include "client/base/error.h"
#include "client/verifier/fake_token_service.h"

namespace signet::verifier {
namespace {

// A service of any contract, of each kind of method; it counts whoever reaches it.
class Tokens final : public v1::TokenService::Service {
 public:
  grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeRequest*,
                      v1::RevokeResponse*) override {
    ++reached;
    return {grpc::StatusCode::ABORTED, std::string(CallerOf(*context).claims().subject)};
  }
  grpc::Status WatchRevocations(grpc::ServerContext* context, const v1::WatchRevocationsRequest*,
                                grpc::ServerWriter<v1::WatchRevocationsResponse>* writer) override {
    ++reached;
    v1::WatchRevocationsResponse message;
    message.add_revocations()->set_subject(std::string(CallerOf(*context).claims().subject));
    writer->Write(message);
    return grpc::Status::OK;
  }
  grpc::Status ValidateStream(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::ValidateStreamResponse, v1::ValidateStreamRequest>* stream)
      override {
    ++reached;
    v1::ValidateStreamRequest request;
    while (stream->Read(&request)) {
      v1::ValidateStreamResponse response;
      response.set_id(std::string(CallerOf(*context).claims().subject));
      stream->Write(response);
    }
    return grpc::Status::OK;
  }
  std::atomic<int> reached{0};
};

std::string ReasonOf(const grpc::Status& status) {
  google::rpc::Status details;
  google::rpc::ErrorInfo info;
  if (!details.ParseFromString(status.error_details()) || details.details_size() == 0) return "";
  EXPECT_EQ(details.code(), status.error_code());
  if (!details.details(0).UnpackTo(&info)) return "";
  EXPECT_EQ(info.domain(), "signet");
  return info.reason();
}

class GuardedServiceTest : public testing::Test {
 protected:
  GuardedServiceTest() {
    Verifier::Options options;
    options.addresses = {issuer_.address()};
    options.issuer = "https://id.example.com";
    options.audience = "api";
    verifier_ = *Verifier::Start(options);
    EXPECT_TRUE(verifier_->WaitUntilReady(absl::Seconds(20)).ok());
    guarded_ = *GuardedService::Make(*verifier_, v1::TokenService::service_full_name(), tokens_);
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort("127.0.0.1:0", grpc::InsecureServerCredentials(), &port);
    builder.RegisterService(guarded_.get());
    server_ = builder.BuildAndStart();
    stub_ = v1::TokenService::NewStub(
        grpc::CreateChannel(absl::StrCat("127.0.0.1:", port), grpc::InsecureChannelCredentials()));
  }

  grpc::Status Unary(const std::vector<std::string>& authorizations) {
    grpc::ClientContext context;
    for (const auto& value : authorizations) context.AddMetadata("authorization", value);
    v1::RevokeRequest request;
    request.set_token(std::string(1000, 'x'));  // memory that a refusal has to give back
    v1::RevokeResponse response;
    return stub_->Revoke(&context, request, &response);
  }
  grpc::Status ServerStream(const std::string& authorization, std::string& heard) {
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    v1::WatchRevocationsRequest request;
    request.set_verifier_name(std::string(1000, 'x'));
    const auto reader = stub_->WatchRevocations(&context, request);
    v1::WatchRevocationsResponse message;
    while (reader->Read(&message)) heard = message.revocations(0).subject();
    return reader->Finish();
  }
  grpc::Status BothWays(const std::string& authorization, std::string& heard) {
    grpc::ClientContext context;
    if (!authorization.empty()) context.AddMetadata("authorization", authorization);
    const auto stream = stub_->ValidateStream(&context);
    stream->Write({});
    v1::ValidateStreamResponse message;
    if (stream->Read(&message)) heard = message.id();
    stream->WritesDone();
    return stream->Finish();
  }

  FakeDeployment deployment_;
  FakeTokenServer issuer_{deployment_};
  std::unique_ptr<Verifier> verifier_;
  Tokens tokens_;
  std::unique_ptr<GuardedService> guarded_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<v1::TokenService::Stub> stub_;
};

TEST_F(GuardedServiceTest, TheHandlerLearnsWhoCalls) {
  const std::string bearer = "Bearer " + LiveToken();
  EXPECT_EQ(Unary({bearer}).error_message(), "user-1");
  EXPECT_EQ(Unary({"bEARER " + LiveToken()}).error_message(), "user-1");
  std::string heard;
  EXPECT_TRUE(ServerStream(bearer, heard).ok());
  EXPECT_EQ(heard, "user-1");
  heard.clear();
  EXPECT_TRUE(BothWays(bearer, heard).ok());
  EXPECT_EQ(heard, "user-1");
  EXPECT_EQ(tokens_.reached, 4);
}

TEST_F(GuardedServiceTest, WithoutAGoodTokenNoHandlerIsReached) {
  const std::string good = "Bearer " + LiveToken();
  const std::vector<std::vector<std::string>> bad = {
      {},           {""},           {"Bearer"},
      {"Bearer "},  {"Basic dTpw"}, {LiveToken()},
      {good + "x"}, {good, good},   {"Bearer " + LiveToken("jti-1", "k", "another-service")}};
  for (const auto& authorizations : bad) {
    const grpc::Status status = Unary(authorizations);
    EXPECT_EQ(status.error_code(), grpc::StatusCode::UNAUTHENTICATED);
    EXPECT_EQ(ReasonOf(status), "TOKEN_INVALID");
    EXPECT_EQ(status.error_message(), "the access token is not accepted");
  }
  std::string heard;
  for (const std::string& authorization : {std::string(), good + "x"}) {
    EXPECT_EQ(ReasonOf(ServerStream(authorization, heard)), "TOKEN_INVALID");
    EXPECT_EQ(ReasonOf(BothWays(authorization, heard)), "TOKEN_INVALID");
  }
  EXPECT_EQ(heard, "");
  EXPECT_EQ(tokens_.reached, 0);
}

TEST_F(GuardedServiceTest, ARevokedTokenReachesNoHandler) {
  const std::string bearer = "Bearer " + LiveToken();
  EXPECT_EQ(Unary({bearer}).error_code(), grpc::StatusCode::ABORTED);
  deployment_.Revoke(v1::REVOCATION_KIND_TOKEN, "jti-1");
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  while (Unary({bearer}).error_code() == grpc::StatusCode::ABORTED && absl::Now() < deadline) {
  }
  EXPECT_EQ(ReasonOf(Unary({bearer})), "TOKEN_INVALID");
}

TEST_F(GuardedServiceTest, OnlySynchronousServicesCanBeGuarded) {
  v1::SessionService::AsyncService async;
  EXPECT_EQ(GuardedService::Make(*verifier_, v1::SessionService::service_full_name(), async)
                .status()
                .code(),
            absl::StatusCode::kInvalidArgument);
  v1::SessionService::CallbackService callback;
  EXPECT_FALSE(
      GuardedService::Make(*verifier_, v1::SessionService::service_full_name(), callback).ok());
  EXPECT_FALSE(GuardedService::Make(*verifier_, "no.such.Service", tokens_).ok());
}

TEST_F(GuardedServiceTest, ACallerOutsideOfAGuardedCallIsNobody) {
  grpc::ServerContext context;
  EXPECT_DEATH(CallerOf(context), "outside of a call");
}

}  // namespace
}  // namespace signet::verifier
