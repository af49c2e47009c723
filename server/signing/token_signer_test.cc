#include "server/signing/token_signer.h"

#include <algorithm>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/token/revocation_set.h"
#include "client/token/verifier.h"
#include "server/domain/fakes/fake_key_set_verifier_store.h"
#include "server/signing/fake_key_store.h"
#include "server/signing/stored_key_lifecycle.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

token::AccessTokenClaims ClaimsToSign() {
  token::AccessTokenClaims claims;
  claims.subject = "0190f3a4-7c1e-7b1a-8c55-2f6a0e9d1c34";
  claims.audiences = {"orders"};
  claims.client_id = "web";
  claims.token_id = "0190f3a4-7c1e-7b1a-8c55-000000000001";
  claims.issued_at = kTestStart;
  claims.expires_at = kTestStart + absl::Minutes(15);
  claims.session_id = "0190f3a4-7c1e-7b1a-8c55-00000000000a";
  claims.scopes = {"openid", "email"};
  claims.roles = {"admin"};
  claims.permissions = {"keys.read", "keys.manage"};
  claims.email = "ada@example.org";
  claims.auth_time = kTestStart - absl::Minutes(1);
  claims.acr = "1";
  claims.amr = {"pwd"};
  return claims;
}

class TokenSignerTest : public ::testing::Test {
 protected:
  void MakeKey(crypto::Algorithm algorithm = crypto::Algorithm::kEs256) {
    StoredKeyLifecycle::Options options;
    options.algorithm = algorithm;
    StoredKeyLifecycle lifecycle(options, store_, verifiers_, kek_, ring_, audit_);
    ASSERT_TRUE(lifecycle.EnsureActiveKey(kTestStart).ok());
  }

  FakeKeyStore store_;
  const domain::FakeAuditRecorder audit_{};
  domain::FakeDatabase database_;
  domain::FakeKeySetVerifierStore verifiers_{database_};
  const KeyEncryptionKey kek_ = TestKek();
  KeyRing ring_{store_, kek_};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<token::RevocationSet>()};
  TokenSigner signer_{"https://id.example.org", ring_.active(), revocations_};
  token::AccessTokenVerifier verifier_{
      {.issuer = "https://id.example.org"}, ring_.keys(), revocations_};
};

TEST_F(TokenSignerTest, WithoutAnActiveKeySigningIsUnavailableForNow) {
  const auto issued = signer_.Issue(ClaimsToSign());
  EXPECT_EQ(issued.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(base::ErrorReason(issued.status()), "SIGNING_UNAVAILABLE");
  EXPECT_EQ(base::RetryAfter(issued.status()), absl::Seconds(1));
}

// R-301
TEST_F(TokenSignerTest, TheVerifierReadsEveryClaimBack) {
  MakeKey();
  const auto issued = signer_.Issue(ClaimsToSign());
  ASSERT_TRUE(issued.ok()) << issued.status();
  const auto verdict = verifier_.Verify(issued->token.reveal(), "orders", kTestStart);
  ASSERT_TRUE(verdict.accepted()) << token::RejectReasonName(verdict.reason());
  const token::AccessTokenClaims expected = ClaimsToSign();
  const token::ClaimsView claims = verdict.token().claims();
  EXPECT_EQ(claims.issuer, "https://id.example.org");
  EXPECT_EQ(claims.subject, expected.subject);
  EXPECT_EQ(claims.audiences, expected.audiences);
  EXPECT_EQ(claims.client_id, expected.client_id);
  EXPECT_EQ(claims.token_id, expected.token_id);
  EXPECT_EQ(claims.issued_at, expected.issued_at);
  EXPECT_EQ(claims.expires_at, expected.expires_at);
  EXPECT_EQ(claims.session_id, expected.session_id);
  EXPECT_EQ(claims.scopes, expected.scopes);
  EXPECT_EQ(claims.roles, expected.roles);
  EXPECT_EQ(claims.permissions, expected.permissions);
  EXPECT_EQ(claims.email, expected.email);
  EXPECT_EQ(claims.auth_time, expected.auth_time);
  EXPECT_EQ(claims.acr, expected.acr);
  EXPECT_EQ(claims.amr, expected.amr);
  EXPECT_EQ(verdict.token().key_id(), issued->key_id);
}

// R-301
TEST_F(TokenSignerTest, TheHeaderSaysTypeAlgorithmAndKeyAndNothingElse) {
  MakeKey();
  const auto issued = signer_.Issue(ClaimsToSign());
  EXPECT_EQ(issued->key_id, "2026-11-a");
  const std::string token(issued->token.reveal());
  const std::string header = *base::Base64UrlDecode(token.substr(0, token.find('.')));
  EXPECT_THAT(header, HasSubstr("\"alg\":\"ES256\""));
  EXPECT_THAT(header, HasSubstr("\"kid\":\"2026-11-a\""));
  EXPECT_THAT(header, HasSubstr("\"typ\":\"at+jwt\""));
  EXPECT_EQ(std::count(header.begin(), header.end(), ':'), 3);
}

TEST_F(TokenSignerTest, TheIssuerIsOursWhateverTheClaimsSay) {
  MakeKey();
  auto claims = ClaimsToSign();
  claims.issuer = "https://evil.example";
  const auto issued = signer_.Issue(claims);
  EXPECT_TRUE(verifier_.Verify(issued->token.reveal(), "orders", kTestStart).accepted());
}

// Scratch memory is reused from call to call: nothing of one person may reach another's token.
TEST_F(TokenSignerTest, NothingIsLeftOfTheTokenBefore) {
  MakeKey();
  ASSERT_TRUE(signer_.Issue(ClaimsToSign()).ok());
  token::AccessTokenClaims bare;
  bare.subject = "s";
  bare.audiences = {"orders"};
  bare.client_id = "cli";
  bare.token_id = "t";
  bare.issued_at = kTestStart;
  bare.expires_at = kTestStart + absl::Minutes(1);
  const auto issued = signer_.Issue(bare);
  const std::vector<std::string> parts = absl::StrSplit(std::string(issued->token.reveal()), '.');
  const std::string payload = *base::Base64UrlDecode(parts[1]);
  for (const char* left : {"ada@", "admin", "keys.", "sid", "pwd", "auth_time"}) {
    EXPECT_THAT(payload, Not(HasSubstr(left)));
  }
}

TEST_F(TokenSignerTest, ATokenThatNobodyWouldAcceptIsNotIssued) {
  MakeKey();
  auto claims = ClaimsToSign();
  for (int i = 0; i < 1000; ++i) claims.permissions.push_back(absl::StrCat("permission.", i));
  EXPECT_EQ(signer_.Issue(claims).status().code(), absl::StatusCode::kInternal);
}

class EveryAlgorithmSignsTest : public TokenSignerTest,
                                public ::testing::WithParamInterface<crypto::Algorithm> {};

// R-301
TEST_P(EveryAlgorithmSignsTest, AndTheVerifierAccepts) {
  MakeKey(GetParam());
  const auto issued = signer_.Issue(ClaimsToSign());
  ASSERT_TRUE(issued.ok()) << issued.status();
  const auto verdict = verifier_.Verify(issued->token.reveal(), "orders", kTestStart);
  EXPECT_TRUE(verdict.accepted()) << token::RejectReasonName(verdict.reason());
}

INSTANTIATE_TEST_SUITE_P(TokenSignerTest, EveryAlgorithmSignsTest,
                         ::testing::Values(crypto::Algorithm::kRs256, crypto::Algorithm::kPs256,
                                           crypto::Algorithm::kEs256, crypto::Algorithm::kEs384,
                                           crypto::Algorithm::kEdDsa));

// R-307: a login right after the revocation of all is not refused with the old tokens.
TEST_F(TokenSignerTest, NoTokenIsIssuedBeforeTheTimeFromWhichAloneTokensAreAccepted) {
  MakeKey();
  token::RevocationRecord record;
  record.sequence = 1;
  record.kind = token::RevocationKind::kTenant;
  record.not_before = kTestStart + absl::Seconds(2);
  record.expires_at = kTestStart + absl::Hours(1);
  revocations_.Replace(token::RevocationSet().With({record}, kTestStart, kTestStart));
  auto claims = ClaimsToSign();
  claims.issued_at = kTestStart;
  const auto issued = signer_.Issue(claims);
  ASSERT_TRUE(issued.ok()) << issued.status();
  const auto verdict =
      verifier_.Verify(issued->token.reveal(), claims.audiences.front(), kTestStart);
  ASSERT_TRUE(verdict.accepted()) << token::RejectReasonName(verdict.reason());
  EXPECT_EQ(verdict.token().claims().ToClaims().issued_at, record.not_before);
}

}  // namespace
}  // namespace signet::signing
