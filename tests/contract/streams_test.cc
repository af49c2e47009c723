// what verifiers that judge tokens themselves are told of revocations, and ValidateStream.

#include <memory>
#include <optional>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using Response = v1::WatchRevocationsResponse;

absl::Time TimeOf(const google::protobuf::Timestamp& time) {
  return absl::FromUnixSeconds(time.seconds()) + absl::Nanoseconds(time.nanos());
}

// One open WatchRevocations. Ends the test's wait after 30 s.
class Watch {
 public:
  explicit Watch(ServiceClient& client, const v1::WatchRevocationsRequest& request = {}) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
    reader_ = client.tokens().WatchRevocations(&context_, request);
  }
  ~Watch() { context_.TryCancel(); }

  // The next message; nothing once the stream is over.
  std::optional<Response> Next() {
    Response response;
    if (!reader_->Read(&response)) return std::nullopt;
    return response;
  }
  // The records of a whole snapshot.
  std::vector<v1::Revocation> Snapshot() {
    std::vector<v1::Revocation> all;
    for (auto message = Next(); message; message = Next()) {
      EXPECT_NE(message->kind(), Response::KIND_DELTA);
      all.insert(all.end(), message->revocations().begin(), message->revocations().end());
      if (message->kind() == Response::KIND_SNAPSHOT_END) return all;
    }
    ADD_FAILURE() << "no whole snapshot";
    return all;
  }
  // The next record that is told, over heartbeats.
  v1::Revocation NextRecord() {
    while (pending_.empty()) {
      const auto message = Next();
      if (!message) {
        ADD_FAILURE() << "the stream is over";
        return {};
      }
      EXPECT_EQ(message->kind(), Response::KIND_DELTA);
      pending_.assign(message->revocations().begin(), message->revocations().end());
    }
    const v1::Revocation record = pending_.front();
    pending_.erase(pending_.begin());
    return record;
  }
  grpc::Status Finish() { return reader_->Finish(); }

 private:
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReader<Response>> reader_;
  std::vector<v1::Revocation> pending_;
};

v1::WatchRevocationsRequest After(const v1::Revocation& record) {
  v1::WatchRevocationsRequest request;
  request.set_resume_after(record.sequence());
  *request.mutable_resume_record_time() = record.record_time();
  return request;
}

class StreamsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService({{"limits.watchers", "4"}}); }

  static std::string TokenId(const std::string& token) {
    return client().Validate(token).message.claims().token_id();
  }
  // The id of an access token that is revoked, and known to be.
  static std::string RevokeOne() {
    const std::string token = NewSession().tokens().access_token();
    const std::string id = TokenId(token);
    EXPECT_TRUE(client().Revoke(token).ok());
    EXPECT_EQ(client().AwaitRefusal(token), v1::INACTIVE_REASON_REVOKED_TOKEN);
    return id;
  }
};

TEST_F(StreamsTest, AWatcherIsToldWhatThereIsAndThenEachChange) {
  const std::string before = RevokeOne();
  Watch watch(client());
  const auto snapshot = watch.Snapshot();
  ASSERT_FALSE(snapshot.empty());
  EXPECT_EQ(snapshot.back().subject(), before);

  const absl::Time began = absl::Now();
  const std::string id = RevokeOne();
  const v1::Revocation record = watch.NextRecord();
  EXPECT_EQ(record.kind(), v1::REVOCATION_KIND_TOKEN);
  EXPECT_EQ(record.subject(), id);
  EXPECT_FALSE(record.has_not_before());
  EXPECT_GE(TimeOf(record.record_time()), began - absl::Seconds(1));
  EXPECT_GT(TimeOf(record.expire_time()), TimeOf(record.record_time()) + absl::Minutes(14));
  EXPECT_GT(record.sequence(), snapshot.back().sequence());
}

TEST_F(StreamsTest, EveryKindIsToldInTheOrderOfTheLog) {
  Watch watch(client());
  watch.Snapshot();
  const auto session = NewSession();
  ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Logout, v1::LogoutRequest(),
                      {.bearer = session.tokens().access_token()});
  const auto everywhere = NewSession();
  ServiceClient::Call(client().auth(), &v1::AuthService::Stub::LogoutAll, v1::LogoutAllRequest(),
                      {.bearer = everywhere.tokens().access_token()});
  const v1::Revocation first = watch.NextRecord();
  EXPECT_EQ(first.kind(), v1::REVOCATION_KIND_SESSION);
  EXPECT_EQ(first.subject(), session.session_id());
  const v1::Revocation second = watch.NextRecord();
  EXPECT_EQ(second.kind(), v1::REVOCATION_KIND_USER);
  EXPECT_EQ(second.subject(), everywhere.user_id());
  EXPECT_GT(TimeOf(second.not_before()), TimeOf(second.record_time()) - absl::Seconds(1));
  EXPECT_EQ(second.sequence(), first.sequence() + 1);
}

TEST_F(StreamsTest, AHeartbeatComesEverySecondAndItsTimeGoesOn) {
  Watch watch(client());
  watch.Snapshot();
  absl::Time as_of = absl::InfinitePast();
  absl::Time heard = absl::Now();
  for (int i = 0; i < 4; ++i) {
    const auto message = watch.Next();
    ASSERT_TRUE(message.has_value());
    EXPECT_EQ(message->kind(), Response::KIND_DELTA);
    EXPECT_LT(absl::Now() - heard, absl::Seconds(10));
    heard = absl::Now();
    EXPECT_GE(TimeOf(message->as_of()), as_of);
    as_of = TimeOf(message->as_of());
  }
  EXPECT_GT(as_of, absl::Now() - absl::Seconds(10));
}

TEST_F(StreamsTest, WhoComesBackIsToldWhatFollowedAndNothingElse) {
  v1::Revocation last;
  {
    Watch watch(client());
    watch.Snapshot();
    RevokeOne();
    last = watch.NextRecord();
  }
  const std::string missed[] = {RevokeOne(), RevokeOne()};
  Watch watch(client(), After(last));
  for (const std::string& id : missed) EXPECT_EQ(watch.NextRecord().subject(), id);
}

// A database that was restored hands out sequences again, to other records.
TEST_F(StreamsTest, AnEntryOfAnotherLogIsNoPlaceToGoOnFrom) {
  Watch watch(client());
  watch.Snapshot();
  RevokeOne();
  v1::Revocation other = watch.NextRecord();
  other.mutable_record_time()->set_seconds(other.record_time().seconds() - 1);
  const auto first = Watch(client(), After(other)).Next();
  ASSERT_TRUE(first.has_value());
  EXPECT_NE(first->kind(), Response::KIND_DELTA);

  // Ahead of this log: decided when the log has been read once more.
  other.set_sequence(other.sequence() + 1000);
  Watch ahead(client(), After(other));
  for (auto message = ahead.Next();; message = ahead.Next()) {
    ASSERT_TRUE(message.has_value());
    if (message->kind() == Response::KIND_SNAPSHOT_END) break;
    EXPECT_EQ(message->kind(), Response::KIND_DELTA);
    EXPECT_EQ(message->revocations_size(), 0);
    EXPECT_EQ(message->sequence(), other.sequence());
  }
}

TEST_F(StreamsTest, MoreStreamsThanAllowedAreRefused) {
  // Those of the test before have to be gone.
  ASSERT_TRUE(tests::Eventually(absl::Seconds(20), [&] {
    const std::string scrape = tests::HttpGet(server().http_port(), "/metrics").body;
    return absl::StrContains(scrape,
                             "signet_grpc_streams_open{grpc_method=\"WatchRevocations\"} 0\n");
  }));
  std::vector<std::unique_ptr<Watch>> open;
  for (int i = 0; i < 4; ++i) {
    open.push_back(std::make_unique<Watch>(client()));
    open.back()->Snapshot();
  }
  Watch one_more(client());
  EXPECT_FALSE(one_more.Next().has_value());
  EXPECT_EQ(Describe(one_more.Finish()), "RESOURCE_EXHAUSTED TOO_MANY_STREAMS +retry");
  const std::string scrape = tests::HttpGet(server().http_port(), "/metrics").body;
  EXPECT_THAT(scrape, HasSubstr("signet_grpc_streams_open{grpc_method=\"WatchRevocations\"} 4"));
}

// One record, however many tokens there are.
TEST_F(StreamsTest, EverybodysTokensEndWithOneRecordAndSessionsGoOn) {
  const auto somebody = NewSession();
  const std::string admin = AdminToken();
  Watch watch(client());
  watch.Snapshot();
  const auto done = ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::RevokeAll,
                                        v1::RevokeAllRequest(), {.bearer = admin});
  ASSERT_EQ(Describe(done.status), "OK");
  const v1::Revocation record = watch.NextRecord();
  EXPECT_EQ(record.sequence(), done.message.sequence());
  EXPECT_EQ(record.kind(), v1::REVOCATION_KIND_TENANT);
  EXPECT_EQ(record.subject(), "");
  EXPECT_EQ(record.not_before().seconds(), done.message.not_before().seconds());
  for (const std::string& token : {somebody.tokens().access_token(), admin}) {
    EXPECT_EQ(client().AwaitRefusal(token), v1::INACTIVE_REASON_REVOKED_USER);
  }
  const auto next = client().Refresh(somebody.tokens().refresh_token());
  ASSERT_EQ(Describe(next.status), "OK");
  EXPECT_TRUE(client().Validate(next.message.tokens().access_token()).message.active());
  EXPECT_TRUE(client().Validate(AdminToken()).message.active());
}

TEST_F(StreamsTest, WhatWasWrittenIsMeasured) {
  Watch watch(client());
  watch.Snapshot();
  RevokeOne();
  watch.NextRecord();
  // The heartbeat after it was written, and so was it.
  ASSERT_TRUE(watch.Next().has_value());
  const std::string scrape = tests::HttpGet(server().http_port(), "/metrics").body;
  EXPECT_THAT(scrape, ContainsRegex("signet_watch_lag_seconds_count [1-9]"));
  EXPECT_THAT(scrape, ContainsRegex("signet_watch_records_sent_total.part=\"delta\". [1-9]"));
}

TEST_F(StreamsTest, AStreamJudgesEachTokenAsValidateDoes) {
  const std::string good = NewSession().tokens().access_token();
  const std::string dead = NewSession().tokens().access_token();
  ASSERT_TRUE(client().Revoke(dead).ok());
  ASSERT_EQ(client().AwaitRefusal(dead), v1::INACTIVE_REASON_REVOKED_TOKEN);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(30)));
  const auto stream = client().tokens().ValidateStream(&context);
  const std::vector<std::string> tokens = {good, dead, "x", std::string(9000, 'A')};
  std::thread writer([&] {
    for (int i = 0; i < 400; ++i) {
      v1::ValidateStreamRequest request;
      request.mutable_request()->set_token(tokens[static_cast<size_t>(i) % tokens.size()]);
      request.mutable_request()->set_audience("signet");
      request.set_id(absl::StrCat("q", i));
      ASSERT_TRUE(stream->Write(request));
    }
    stream->WritesDone();
  });
  v1::ValidateStreamResponse response;
  int next = 0;
  for (; stream->Read(&response); ++next) {
    ASSERT_EQ(response.id(), absl::StrCat("q", next));
    const auto alone = client().Validate(tokens[static_cast<size_t>(next) % tokens.size()]).message;
    EXPECT_EQ(response.response().active(), alone.active());
    EXPECT_EQ(response.response().reason(), alone.reason());
    EXPECT_EQ(response.response().claims().token_id(), alone.claims().token_id());
    EXPECT_GT(response.response().key_set_version(), 0);
    EXPECT_TRUE(response.response().has_revocation_as_of());
  }
  writer.join();
  EXPECT_EQ(next, 400);
  EXPECT_EQ(Describe(stream->Finish()), "OK");
}

}  // namespace
}  // namespace signet::contract
