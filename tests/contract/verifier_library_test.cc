// The verifier library over a real signetd, and the installed package of it, against which a
// service is built.

#include <memory>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "client/verifier/service_token.h"
#include "client/verifier/verifier.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/program.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using tests::Eventually;
using token::RejectReason;
using verifier::RejectionOf;
using verifier::Verifier;

constexpr char kIssuer[] = "https://id.test.example";

class VerifierLibraryTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  static std::unique_ptr<Verifier> Follow() {
    Verifier::Options options;
    options.addresses = {server().grpc_address()};
    options.issuer = kIssuer;
    options.audience = "signet";
    auto verifier = Verifier::Start(options);
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    EXPECT_TRUE((*verifier)->WaitUntilReady(absl::Seconds(30)).ok());
    return *std::move(verifier);
  }
  // From now on it is refused, within the second that is promised.
  static void ExpectRefusedSoon(const Verifier& verifier, const std::string& token,
                                RejectReason reason) {
    EXPECT_TRUE(Eventually(absl::Seconds(1), [&] { return !verifier.Verify(token).ok(); }));
    EXPECT_EQ(RejectionOf(verifier.Verify(token).status()), reason);
  }
};

TEST_F(VerifierLibraryTest, JudgesAsTheServerDoes) {
  const auto login = NewSession();
  const std::string& token = login.tokens().access_token();
  const auto verifier = Follow();
  const auto verified = verifier->Verify(token);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->claims().subject, login.user_id());
  EXPECT_EQ(verified->claims().session_id, login.session_id());
  std::string forged = token;
  char& of_signature = forged[forged.size() - 10];
  of_signature = of_signature == 'A' ? 'B' : 'A';
  EXPECT_EQ(RejectionOf(verifier->Verify(forged).status()), RejectReason::kSignatureInvalid);
  const Verifier::State state = verifier->state();
  EXPECT_LT(state.staleness, absl::Seconds(10));
  EXPECT_EQ(state.key_set_version, client().Validate(token).message.key_set_version());
}

TEST_F(VerifierLibraryTest, RefusesWhatIsRevokedWithinASecond) {
  const auto verifier = Follow();
  const auto one = NewSession();
  ASSERT_TRUE(verifier->Verify(one.tokens().access_token()).ok());
  EXPECT_EQ(Describe(client().Revoke(one.tokens().access_token()).status), "OK");
  ExpectRefusedSoon(*verifier, one.tokens().access_token(), RejectReason::kRevokedToken);

  const auto two = NewSession();
  ASSERT_TRUE(verifier->Verify(two.tokens().access_token()).ok());
  EXPECT_EQ(
      Describe(ServiceClient::Call(client().auth(), &v1::AuthService::Stub::LogoutAll,
                                   v1::LogoutAllRequest(), {.bearer = two.tokens().access_token()})
                   .status),
      "OK");
  ExpectRefusedSoon(*verifier, two.tokens().access_token(), RejectReason::kRevokedUser);

  // A verifier that starts now hears of both.
  const auto late = Follow();
  EXPECT_EQ(RejectionOf(late->Verify(one.tokens().access_token()).status()),
            RejectReason::kRevokedToken);
  EXPECT_EQ(RejectionOf(late->Verify(two.tokens().access_token()).status()),
            RejectReason::kRevokedUser);
}

TEST_F(VerifierLibraryTest, AServicesOwnTokenIsAcceptedByAnother) {
  v1::CreateServiceAccountRequest account;
  account.mutable_service_account()->set_name("caller");
  const Credential admin{.bearer = AdminToken()};
  const auto made = ServiceClient::Call(
      client().access(), &v1::AccessService::Stub::CreateServiceAccount, account, admin);
  ASSERT_EQ(Describe(made.status), "OK");
  const std::string id = made.message.service_account().service_account_id();
  v1::CreateApiKeyRequest request;
  request.set_service_account_id(id);
  request.mutable_api_key()->set_name("key");
  const auto key = ServiceClient::Call(client().access(), &v1::AccessService::Stub::CreateApiKey,
                                       request, admin);
  ASSERT_EQ(Describe(key.status), "OK");

  verifier::ServiceTokenSource::Options options;
  options.address = server().grpc_address();
  options.api_key = base::Secret(absl::string_view(key.message.secret()));
  const auto source = *verifier::ServiceTokenSource::Make(std::move(options));
  const auto token = source->Token();
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(*source->Token(), *token) << "kept";
  const auto verified = Follow()->Verify(*token);
  ASSERT_TRUE(verified.ok()) << verified.status();
  EXPECT_EQ(verified->claims().subject, id);
}

// Runs a command of this machine, with the environment it needs.
std::string Execute(std::vector<std::string> arguments) {
  const auto result = tests::RunProgram({.arguments = std::move(arguments)}, absl::Minutes(10));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  return result.out;
}

TEST_F(VerifierLibraryTest, AServiceIsBuiltOnTheInstalledPackageAndGuarded) {
  const tests::ScratchDirectory scratch;
  const std::string prefix = scratch.File("prefix");
  const std::string build = scratch.File("build");
  Execute({SIGNET_CMAKE, "--install", SIGNET_BINARY_DIR, "--component", "verifier", "--prefix",
           prefix});
  Execute({SIGNET_CMAKE, "-S", SIGNET_SOURCE_DIR "/client/verifier/example", "-B", build,
           "-DCMAKE_PREFIX_PATH=" + prefix, "-DCMAKE_CXX_COMPILER=" SIGNET_CXX,
           "-DCMAKE_CXX_FLAGS=" SIGNET_CXX_FLAGS});
  Execute({SIGNET_CMAKE, "--build", build});
  const std::string read = tests::ReadFile(build + "/CMakeFiles/greeter.dir/main.cc.o.d");
  EXPECT_THAT(read, HasSubstr(prefix + "/include/signet/client/verifier/verifier.h"));
  EXPECT_FALSE(absl::StrContains(read, SIGNET_SOURCE_DIR "/client/token")) << "not the package";

  const std::string address = absl::StrCat("127.0.0.1:", tests::FreePort());
  tests::BackgroundProgram greeter(
      {.arguments = {build + "/greeter", address, server().grpc_address(), kIssuer, "signet"}},
      scratch.File("greeter.log"));
  ASSERT_TRUE(greeter.AwaitOutput("greeting on")) << greeter.output();
  ServiceClient caller(address);
  const auto login = NewSession();
  const std::string& token = login.tokens().access_token();
  std::string greeting;
  EXPECT_TRUE(caller.CallBytes("/example.Greeter/Greet", "", &greeting, {.bearer = token}).ok());
  EXPECT_THAT(greeting, HasSubstr("Hello, " + login.user_id()));
  EXPECT_EQ(Describe(caller.CallBytes("/example.Greeter/Greet", "")),
            "UNAUTHENTICATED TOKEN_INVALID");
  EXPECT_EQ(Describe(client().Revoke(token).status), "OK");
  EXPECT_TRUE(Eventually(absl::Seconds(1), [&] {
    return !caller.CallBytes("/example.Greeter/Greet", "", nullptr, {.bearer = token}).ok();
  }));
}

}  // namespace
}  // namespace signet::contract
