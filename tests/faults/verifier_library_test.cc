// The verifier library while servers and database come and go.

#include <csignal>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/base/error.h"
#include "client/verifier/verifier.h"
#include "tests/faults/deployment.h"

namespace signet::tests {
namespace {

using token::RejectReason;
using verifier::RejectionOf;
using verifier::Verifier;

class VerifierLibraryTest : public testing::Test {
 protected:
  std::unique_ptr<Verifier> Follow(const std::vector<size_t>& servers,
                                   absl::Duration max_staleness = absl::Seconds(10)) {
    Verifier::Options options;
    for (const size_t i : servers) options.addresses.push_back(both_.server(i).grpc_address());
    options.issuer = ServerProcess::DefaultSettings()["tokens.issuer"];
    options.audience = "signet";
    options.max_staleness = max_staleness;
    auto verifier = Verifier::Start(options);
    EXPECT_TRUE(verifier.ok()) << verifier.status();
    EXPECT_TRUE((*verifier)->WaitUntilReady(absl::Seconds(30)).ok());
    return *std::move(verifier);
  }
  static bool RefusedWithin(absl::Duration patience, const Verifier& verifier,
                            const std::string& token, RejectReason reason) {
    return Eventually(patience,
                      [&] { return RejectionOf(verifier.Verify(token).status()) == reason; });
  }

  Deployment both_{2, {{"revocation.poll", "100ms"}}};
  const v1::LoginResponse first_ = both_.SignUp("ada@example.com");
  const std::string token_ = first_.tokens().access_token();
};

TEST_F(VerifierLibraryTest, GoesOnWithoutADatabaseAndKnowsHowOldItsKnowledgeIs) {
  const auto patient = Follow({0, 1}, absl::Minutes(10));
  const auto strict = Follow({0, 1}, absl::Seconds(2));
  ASSERT_TRUE(Cluster().Stop().ok());
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {
    EXPECT_TRUE(patient->Verify(token_).ok());
    return base::ErrorReason(strict->Verify(token_).status()) == "REVOCATION_STALE";
  }));
  // It may follow the other server, which heard of the database a moment later.
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] {
    EXPECT_TRUE(patient->Verify(token_).ok());
    return patient->state().staleness > absl::Seconds(2);
  }));
  ASSERT_TRUE(Cluster().Restart().ok());
  EXPECT_TRUE(Eventually(absl::Seconds(30), [&] { return strict->Verify(token_).ok(); }));
}

TEST_F(VerifierLibraryTest, AServerThatIsKilledIsReplacedByTheOther) {
  const auto verifier = Follow({0, 1});
  // Whichever of the two it follows goes away at one of these.
  for (const size_t killed : {0, 1}) {
    const size_t other = 1 - killed;
    const auto login = both_.Login("ada@example.com", other);
    const std::string& token = login.tokens().access_token();
    ASSERT_TRUE(Eventually(absl::Seconds(10), [&] { return verifier->Verify(token).ok(); }));
    both_.server(killed).Kill();
    ASSERT_TRUE(both_.client(other).Logout(token).ok());
    EXPECT_TRUE(RefusedWithin(absl::Seconds(5), *verifier, token, RejectReason::kRevokedSession));
    EXPECT_TRUE(verifier->Verify(token_).ok()) << "nobody is refused for it";
    both_.server(killed).Start();
  }
}

TEST_F(VerifierLibraryTest, ASingleServerThatIsKilledIsFollowedAgainWhereItWasLeft) {
  const auto verifier = Follow({0}, absl::Minutes(10));
  both_.server(0).Kill();
  ASSERT_TRUE(both_.client(1).Logout(token_).ok());
  EXPECT_TRUE(verifier->Verify(token_).ok()) << "it could not hear of it";
  both_.server(0).Start();
  EXPECT_TRUE(RefusedWithin(absl::Seconds(5), *verifier, token_, RejectReason::kRevokedSession));
}

TEST_F(VerifierLibraryTest, AServerThatHangsIsLeftForTheOther) {
  const auto verifier = Follow({0, 1});
  for (const size_t hanging : {0, 1}) {
    const size_t other = 1 - hanging;
    const auto login = both_.Login("ada@example.com", other);
    const std::string& token = login.tokens().access_token();
    ASSERT_TRUE(Eventually(absl::Seconds(10), [&] { return verifier->Verify(token).ok(); }));
    both_.server(hanging).Signal(SIGSTOP);
    EXPECT_TRUE(both_.client(other).Logout(token).ok());
    EXPECT_TRUE(RefusedWithin(absl::Seconds(15), *verifier, token, RejectReason::kRevokedSession));
    both_.server(hanging).Signal(SIGCONT);
  }
}

}  // namespace
}  // namespace signet::tests
