// a replica whose Vault takes questions and answers none, while another one rotates
// signing keys.

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/base64url.h"
#include "tests/faults/deployment.h"
#include "tests/harness/transit_server.h"

namespace signet::tests {
namespace {

// Shorter than one answer of Vault is waited for, and longer than a busy machine takes.
constexpr absl::Duration kBeforeVaultAnswers = absl::Seconds(8);

ServerProcess::Settings KeptBy(const TransitServer& vault) {
  return {{"keys.kek", ""},
          {"key_encryption.source", "vault_transit"},
          {"vault.addresses", vault.url()},
          {"vault.role", "role"},
          {"vault.secret", "secret"},
          {"vault.timeout", "20s"},
          {"keys.publish_lead", "1s"},
          {"keys.jwks_max_age", "1s"}};
}

class VaultAwayTest : public testing::Test {
 protected:
  bool Accepted(size_t server, const std::string& token) {
    const auto reply = both_.client(server).Validate(token);
    return reply.ok() && reply.message.active();
  }
  static bool SignedBy(const std::string& kid, const std::string& token) {
    const auto header = base::Base64UrlDecode(token.substr(0, token.find('.')));
    return header && absl::StrContains(*header, absl::StrCat("\"kid\":\"", kid, "\""));
  }
  std::string Rotate(const std::string& admin) {
    const std::string kid = both_.client(0).PrepareKey(admin).message.key().kid();
    EXPECT_TRUE(Eventually(absl::Seconds(20),
                           [&] { return both_.client(0).ActivateKey(admin, kid).ok(); }));
    return kid;
  }
  std::string Token(size_t server) {
    return both_.Login("ada@example.com", server).tokens().access_token();
  }

  TransitServer near_;
  TransitServer far_;
  Deployment both_{std::vector<ServerProcess::Settings>{KeptBy(near_), KeptBy(far_)}};
};

TEST_F(VaultAwayTest, ItVerifiesAndRefusesAtOnceAndSignsWithTheKeyThatItHolds) {
  const std::string admin = both_.Administrator().tokens().access_token();
  const std::string of_before = both_.SignUp("ada@example.com").tokens().access_token();
  const std::string old_kid = both_.client(0).ListKeys(admin).message.keys(0).kid();
  ASSERT_TRUE(Accepted(1, of_before));

  far_.Swallow();
  const size_t asked = far_.asked();
  const std::string new_kid = Rotate(admin);
  ASSERT_TRUE(Eventually(kBeforeVaultAnswers, [&] { return far_.asked() > asked; }));
  const std::string token = Token(0);
  EXPECT_TRUE(SignedBy(new_kid, token));
  EXPECT_TRUE(Eventually(kBeforeVaultAnswers, [&] { return Accepted(1, token); }));
  ASSERT_TRUE(both_.client(0).Revoke(token).ok());
  EXPECT_TRUE(Eventually(kBeforeVaultAnswers, [&] { return !Accepted(1, token); }));

  const std::string held_over = Token(1);
  EXPECT_TRUE(SignedBy(old_kid, held_over));
  EXPECT_TRUE(Accepted(0, held_over));
  EXPECT_TRUE(Accepted(1, held_over));

  // Stolen: nothing may be signed with it any more, here as anywhere.
  const std::string admin_again = both_.Login("admin@example.com").tokens().access_token();
  ASSERT_TRUE(both_.client(0).TaintKey(admin_again, old_kid).ok());
  EXPECT_TRUE(Eventually(kBeforeVaultAnswers, [&] { return !Accepted(1, held_over); }));
  grpc::Status refused;
  EXPECT_TRUE(Eventually(kBeforeVaultAnswers, [&] {
    refused = both_.client(1).Login("ada@example.com", kPassword).status;
    return !refused.ok();
  }));
  EXPECT_EQ(refused.error_code(), grpc::StatusCode::UNAVAILABLE);
  EXPECT_EQ(ReasonOf(refused), "SIGNING_UNAVAILABLE");
  EXPECT_TRUE(RetryAfterOf(refused).has_value());

  far_.AnswerAgain();
  EXPECT_TRUE(Eventually(absl::Seconds(60), [&] {
    const auto reply = both_.client(1).Login("ada@example.com", kPassword);
    return reply.ok() && SignedBy(new_kid, reply.message.tokens().access_token());
  }));
}

}  // namespace
}  // namespace signet::tests
