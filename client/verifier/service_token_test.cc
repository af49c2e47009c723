#include "client/verifier/service_token.h"

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <gtest/gtest.h>
#include <unistd.h>

#include "client/base/error.h"
#include "client/base/fake_clock.h"
#include "client/verifier/fake_token_service.h"
#include "tests/harness/eventually.h"

namespace signet::verifier {
namespace {

using tests::Eventually;

class ServiceTokenTest : public testing::Test {
 protected:
  std::shared_ptr<ServiceTokenSource> Source(const std::string& key = "sgk_key") {
    ServiceTokenSource::Options options;
    options.address = server_.address();
    options.api_key = base::Secret(absl::string_view(key));
    options.clock = &clock_;
    return *ServiceTokenSource::Make(std::move(options));
  }
  int issued() { return server_.Locked(&FakeTokenServer::tokens_issued); }
  void Set(bool FakeTokenServer::*member, bool value) {
    const std::lock_guard lock(deployment_.mutex);
    server_.*member = value;
  }

  base::FakeClock clock_{absl::Now()};
  FakeDeployment deployment_;
  FakeTokenServer server_{deployment_};
};

TEST_F(ServiceTokenTest, IsKeptAndRenewedAtFourFifthsOfItsLifeBesideTheCalls) {
  const auto source = Source();
  EXPECT_FALSE(source->HasToken());
  EXPECT_EQ(*source->Token(), "token-1");
  clock_.Advance(absl::Seconds(79));
  EXPECT_EQ(*source->Token(), "token-1");
  EXPECT_EQ(issued(), 1);
  clock_.Advance(absl::Seconds(2));
  Set(&FakeTokenServer::holds_back_issuing, true);
  EXPECT_EQ(*source->Token(), "token-1") << "does not wait for the next";
  Set(&FakeTokenServer::holds_back_issuing, false);
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return *source->Token() == "token-2"; }));
  EXPECT_EQ(issued(), 2);
}

// After a revocation of everybody's tokens the key is as good as before.
TEST_F(ServiceTokenTest, OneThatWasRefusedIsReplacedAndNotMoreOftenThanOnceInTenSeconds) {
  const auto source = Source();
  EXPECT_EQ(*source->Token(), "token-1");
  source->Refused("token-1");
  EXPECT_TRUE(source->HasToken()) << "it was fetched just now";
  clock_.Advance(absl::Seconds(10));
  source->Refused("token-0");
  EXPECT_TRUE(source->HasToken()) << "another one";
  source->Refused("token-1");
  EXPECT_FALSE(source->HasToken());
  EXPECT_EQ(*source->Token(), "token-2");
  EXPECT_EQ(issued(), 2);
}

TEST_F(ServiceTokenTest, ManyWhoNeedOneAskOnce) {
  const auto source = Source();
  Set(&FakeTokenServer::holds_back_issuing, true);
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] { EXPECT_EQ(*source->Token(), "token-1"); });
  }
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return issued() == 1; }));
  Set(&FakeTokenServer::holds_back_issuing, false);
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(issued(), 1);
}

TEST_F(ServiceTokenTest, AFailedRenewalLeavesTheTokenThatLives) {
  const auto source = Source();
  EXPECT_EQ(*source->Token(), "token-1");
  Set(&FakeTokenServer::fails_to_issue, true);
  clock_.Advance(absl::Seconds(90));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(*source->Token(), "token-1");
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return issued() == 2; }));
  EXPECT_LE(issued(), 3) << "asked again at once";
  clock_.Advance(absl::Seconds(11));
  EXPECT_EQ(base::ErrorReason(source->Token().status()), "CREDENTIALS_INVALID");
}

TEST_F(ServiceTokenTest, ARefusalIsToldAndNotAskedForAgainAtOnce) {
  const auto source = Source("sgk_wrong");
  for (int i = 0; i < 10; ++i) {
    const auto token = source->Token();
    EXPECT_EQ(token.status().code(), absl::StatusCode::kUnauthenticated);
    EXPECT_EQ(base::ErrorReason(token.status()), "CREDENTIALS_INVALID");
  }
  EXPECT_EQ(issued(), 1);
  clock_.Advance(absl::Seconds(2));
  EXPECT_FALSE(source->Token().ok());
  EXPECT_EQ(issued(), 2);
}

TEST_F(ServiceTokenTest, DyingDoesNotWaitForTheServer) {
  auto source = Source();
  EXPECT_EQ(*source->Token(), "token-1");
  clock_.Advance(absl::Seconds(90));
  Set(&FakeTokenServer::holds_back_issuing, true);
  EXPECT_EQ(*source->Token(), "token-1");
  EXPECT_TRUE(Eventually(absl::Seconds(20), [&] { return issued() == 2; }));
  const absl::Time before = absl::Now();
  source.reset();
  EXPECT_LT(absl::Now() - before, absl::Seconds(4)) << "the call would have taken five";
}

TEST_F(ServiceTokenTest, NeedsAnAddressAndAKey) {
  EXPECT_FALSE(ServiceTokenSource::Make({.api_key = base::Secret("sgk_key")}).ok());
  EXPECT_FALSE(ServiceTokenSource::Make({.address = "127.0.0.1:1"}).ok());
}

// What a call brought.
class Mirror final : public v1::TokenService::Service {
 public:
  grpc::Status Revoke(grpc::ServerContext* context, const v1::RevokeRequest*,
                      v1::RevokeResponse*) override {
    const auto found = context->client_metadata().find("authorization");
    if (found == context->client_metadata().end()) return grpc::Status::OK;
    return {grpc::StatusCode::ABORTED, std::string(found->second.data(), found->second.size())};
  }
};

TEST_F(ServiceTokenTest, GoesAlongWithEveryCall) {
  const auto source = Source();
  const std::string address = absl::StrCat("unix:/tmp/signet-service-token-", getpid());
  Mirror mirror;
  grpc::ServerBuilder builder;
  builder.AddListeningPort(address, grpc::experimental::LocalServerCredentials(UDS));
  builder.RegisterService(&mirror);
  const auto server = builder.BuildAndStart();
  ASSERT_NE(server, nullptr);
  const auto credentials = grpc::CompositeChannelCredentials(
      grpc::experimental::LocalCredentials(UDS), ServiceTokenCredentials(source));
  const auto stub = v1::TokenService::NewStub(grpc::CreateChannel(address, credentials));
  for (int i = 0; i < 2; ++i) {
    grpc::ClientContext context;
    v1::RevokeResponse response;
    EXPECT_EQ(stub->Revoke(&context, {}, &response).error_message(), "Bearer token-1");
  }
  grpc::ClientContext by_hand;
  EXPECT_TRUE(AddServiceToken(*source, by_hand).ok());
  v1::RevokeResponse response;
  const auto plain = v1::TokenService::NewStub(
      grpc::CreateChannel(address, grpc::experimental::LocalCredentials(UDS)));
  EXPECT_EQ(plain->Revoke(&by_hand, {}, &response).error_message(), "Bearer token-1");
  EXPECT_EQ(issued(), 1);
  server->Shutdown();
}

}  // namespace
}  // namespace signet::verifier
