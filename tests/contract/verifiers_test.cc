// a key does not sign before every verifier that watches the key set holds it.

#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/scrape.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;
using VerifierKeyStub = v1::KeyService::Stub;

// One verifier that watches the key set, and answers when the test says so.
class WatchingVerifier {
 public:
  WatchingVerifier(ServiceClient& client, std::string id) : id_(std::move(id)) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Seconds(60)));
    stream_ = client.tokens().WatchKeySet(&context_);
    v1::WatchKeySetRequest request;
    request.set_verifier_id(id_);
    request.set_verifier_name("test/" + id_);
    EXPECT_TRUE(stream_->Write(request));
  }
  ~WatchingVerifier() { context_.TryCancel(); }

  // The next key set, over heartbeats.
  v1::WatchKeySetResponse Next() {
    v1::WatchKeySetResponse response;
    do {
      if (!stream_->Read(&response)) {
        ADD_FAILURE() << "the stream is over";
        break;
      }
    } while (response.jwks_json().empty());
    return response;
  }
  // Reads until it is told key set `version`.
  void AwaitVersion(int64_t version) {
    while (told_ < version && !testing::Test::HasFailure()) told_ = Next().key_set_version();
  }
  void Hold(int64_t version) {
    v1::WatchKeySetRequest request;
    request.set_key_set_version(version);
    EXPECT_TRUE(stream_->Write(request));
  }
  grpc::Status SayGoodbye() {
    stream_->WritesDone();
    v1::WatchKeySetResponse response;
    while (stream_->Read(&response)) {
    }
    return stream_->Finish();
  }

 private:
  const std::string id_;
  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchKeySetRequest, v1::WatchKeySetResponse>>
      stream_;
  int64_t told_ = 0;
};

class VerifiersTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() {
    StartService(
        {{"keys.publish_lead", "1s"}, {"keys.jwks_max_age", "1s"}, {"keys.verifier_lease", "8s"}});
    admin_ = AdminToken();
  }

  template <typename Request, typename Response>
  static Answer<Response> Do(grpc::Status (VerifierKeyStub::*method)(grpc::ClientContext*,
                                                                     const Request&, Response*),
                             const Request& request) {
    return ServiceClient::Call(client().keys(), method, request, {.bearer = admin_});
  }
  static std::string Prepare() {
    return Do(&VerifierKeyStub::PrepareKey, v1::PrepareKeyRequest()).message.key().kid();
  }
  static grpc::Status Activate(const std::string& kid, bool force = false) {
    v1::ActivateKeyRequest request;
    request.set_kid(kid);
    request.set_force(force);
    return Do(&VerifierKeyStub::ActivateKey, request).status;
  }
  // The answer once the key is no longer too fresh.
  static grpc::Status ActivateWhenOld(const std::string& kid) {
    grpc::Status status;
    tests::Eventually(absl::Seconds(20), [&] {
      status = Activate(kid);
      return Describe(status) != "FAILED_PRECONDITION KEY_TOO_FRESH";
    });
    return status;
  }
  // The version that `id` is listed with; nothing while it is not.
  static std::optional<int64_t> Listed(const std::string& id) {
    const auto answer = Do(&VerifierKeyStub::ListVerifiers, v1::ListVerifiersRequest());
    EXPECT_EQ(Describe(answer.status), "OK");
    for (const auto& verifier : answer.message.verifiers()) {
      if (verifier.verifier_id() != id) continue;
      EXPECT_EQ(verifier.verifier_name(), "test/" + id);
      EXPECT_FALSE(verifier.replica().empty());
      return verifier.key_set_version();
    }
    return std::nullopt;
  }
  static bool Eventually(const std::function<bool()>& condition) {
    return tests::Eventually(absl::Seconds(20), condition);
  }
  static int64_t KeySetVersion() {
    return Do(&VerifierKeyStub::ListVerifiers, v1::ListVerifiersRequest())
        .message.key_set_version();
  }

  // what a scrape says of those who watch the key set.
  static double Standing(const std::string& state) {
    return tests::Metric(server().http_port(),
                         absl::StrCat("signet_key_set_verifiers{state=\"", state, "\"}"));
  }

  static inline std::string admin_;
};

TEST_F(VerifiersTest, AKeyIsActivatedWhenEveryVerifierHoldsIt) {
  WatchingVerifier quick(client(), "quick");
  WatchingVerifier late(client(), "late");
  const std::string kid = Prepare();
  const int64_t version = KeySetVersion();
  quick.AwaitVersion(version);
  quick.Hold(version);
  ASSERT_TRUE(Eventually([] { return Listed("late").has_value(); }));
  ASSERT_TRUE(Eventually([&] { return Listed("quick") == version; }));

  const grpc::Status lag = ActivateWhenOld(kid);
  EXPECT_EQ(Describe(lag), "FAILED_PRECONDITION VERIFIERS_LAG");
  EXPECT_THAT(lag.error_message(), HasSubstr("of 2 verifiers 1 do not hold"));
  EXPECT_THAT(lag.error_message(), HasSubstr("test/late (late, holds 0)"));
  EXPECT_THAT(lag.error_message(), Not(HasSubstr("quick")));
  EXPECT_TRUE(Eventually([] { return Standing("behind") == 1 && Standing("current") == 1; }));

  late.AwaitVersion(version);
  late.Hold(version);
  EXPECT_TRUE(Eventually([&] { return Activate(kid).ok(); }));
  EXPECT_TRUE(Eventually([] { return Standing("behind") + Standing("current") == 2; }));
  for (WatchingVerifier* verifier : {&quick, &late}) EXPECT_TRUE(verifier->SayGoodbye().ok());
}

TEST_F(VerifiersTest, ForceDoesNotWaitForAnybody) {
  WatchingVerifier late(client(), "behind");
  late.Next();
  ASSERT_TRUE(Eventually([] { return Listed("behind").has_value(); }));
  const std::string kid = Prepare();
  EXPECT_EQ(Describe(ActivateWhenOld(kid)), "FAILED_PRECONDITION VERIFIERS_LAG");
  EXPECT_EQ(Describe(Activate(kid, true)), "OK");
  EXPECT_TRUE(late.SayGoodbye().ok());
}

TEST_F(VerifiersTest, WhoSaysGoodbyeIsForgottenAndWhoIsLostCountsUntilItsLeaseIsOver) {
  {
    WatchingVerifier leaving(client(), "leaving");
    leaving.Next();
    ASSERT_TRUE(Eventually([] { return Listed("leaving").has_value(); }));
    EXPECT_TRUE(leaving.SayGoodbye().ok());
  }
  EXPECT_TRUE(tests::Eventually(absl::Seconds(4), [] { return !Listed("leaving").has_value(); }));
  {
    WatchingVerifier lost(client(), "lost");
    lost.Next();
    ASSERT_TRUE(Eventually([] { return Listed("lost").has_value(); }));
  }
  const std::string kid = Prepare();
  EXPECT_EQ(Describe(ActivateWhenOld(kid)), "FAILED_PRECONDITION VERIFIERS_LAG");
  EXPECT_TRUE(Eventually([&] { return Activate(kid).ok(); }));
  EXPECT_FALSE(Listed("lost").has_value());
}

TEST_F(VerifiersTest, WhoStaysConnectedCountsBeyondOneLease) {
  WatchingVerifier patient(client(), "patient");
  const absl::Time until = absl::Now() + absl::Seconds(10);
  v1::WatchKeySetResponse first = patient.Next();
  patient.Hold(first.key_set_version());
  ASSERT_TRUE(Eventually([&] { return Listed("patient") == first.key_set_version(); }));
  EXPECT_TRUE(tests::Eventually(absl::Seconds(30), [&] {
    EXPECT_TRUE(Listed("patient").has_value());
    return absl::Now() > until;
  }));
  EXPECT_TRUE(patient.SayGoodbye().ok());
}

}  // namespace
}  // namespace signet::contract
