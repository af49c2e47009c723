#include "client/token/verifier.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

// Every rule is asked of a fresh token and, where it applies there too, of a cached one.
class AccessTokenVerifierTest : public testing::Test {
 protected:
  static AccessTokenVerifier::Options SomeOptions() {
    AccessTokenVerifier::Options options;
    options.issuer = "https://id.example.com";
    return options;
  }

  std::string Judge(absl::string_view token, absl::Time now = At(1100),
                    absl::string_view audience = "api") const {
    return Name(verifier_.Verify(token, audience, now));
  }

  static std::string Name(const Verdict& verdict) {
    return verdict.accepted() ? "accepted" : std::string(RejectReasonName(verdict.reason()));
  }

  static std::string Sign(const AccessTokenClaims& claims) {
    return SignClaims(TestKey(), "k", claims);
  }

  void Revoke(RevocationKind kind, std::string subject) {
    RevocationRecord record;
    record.sequence = revocations_.Read().sequence() + 1;
    record.kind = kind;
    record.subject = std::move(subject);
    record.not_before = At(1050);
    record.expires_at = At(5000);
    revocations_.Replace(revocations_.Read().With({record}, At(1100), At(1100)));
  }

  base::Snapshot<KeySet> keys_{std::make_shared<const KeySet>(SetOf("k", TestKey()))};
  base::Snapshot<RevocationSet> revocations_{std::make_shared<const RevocationSet>()};
  const AccessTokenVerifier verifier_{SomeOptions(), keys_, revocations_};
  const std::string token_ = Sign(SomeClaims());
};

TEST_F(AccessTokenVerifierTest, AcceptsAndGivesTypedClaimsFirstBySignatureThenFromTheCache) {
  for (const DecisionSource source : {DecisionSource::kSignature, DecisionSource::kCache}) {
    const Verdict verdict = verifier_.Verify(token_, "api", At(1100));
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.source, source);
    EXPECT_EQ(verdict.token().key_id(), "k");
    EXPECT_EQ(verdict.token().claims().subject, "user-1");
    EXPECT_EQ(verdict.token().claims().permissions, std::vector<std::string>{"users.read"});
  }
  EXPECT_EQ(verifier_.cache_stats().hits, 1u);
  EXPECT_EQ(verifier_.cache_stats().entries, 1u);
}

TEST_F(AccessTokenVerifierTest, AnAnnotationIsMadeOnceAndCountsAsMemory) {
  int made = 0;
  AccessTokenVerifier::Options options = SomeOptions();
  options.annotate = [&](const AccessTokenClaims& claims) {
    ++made;
    return claims.subject + std::string(1000, '.');
  };
  const AccessTokenVerifier annotating(options, keys_, revocations_);
  for (int i = 0; i < 2; ++i) {
    const Verdict verdict = annotating.Verify(token_, "api", At(1100));
    ASSERT_TRUE(verdict.accepted());
    EXPECT_EQ(verdict.token().annotation(), "user-1" + std::string(1000, '.'));
  }
  EXPECT_EQ(made, 1);
  EXPECT_EQ(Judge(token_), "accepted");
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1100)).token().annotation(), "");
  EXPECT_GE(annotating.cache_stats().bytes, verifier_.cache_stats().bytes + 1000);
}

TEST_F(AccessTokenVerifierTest, RefusesWhatIsNoTokenOfOurs) {
  EXPECT_EQ(Judge(std::string(8193, 'a')), "too_large");
  EXPECT_EQ(Judge("sgr_AAAA"), "malformed");
  EXPECT_EQ(Judge(SignParts(TestKey(), HeaderJson("ES256", "k", ""), ClaimsJson(SomeClaims()))),
            "type_invalid");
  EXPECT_EQ(Judge(SignParts(TestKey(), HeaderJson("ES256", "k"), "no JSON")), "malformed");
  EXPECT_EQ(Judge(SignParts(TestKey(), HeaderJson("ES256", "k"), "{}")), "claims_invalid");
  EXPECT_EQ(verifier_.cache_stats().entries, 0u) << "only verified tokens are kept";
}

// Claims of a forged token are never looked at.
TEST_F(AccessTokenVerifierTest, AWrongSignatureIsNamedBeforeAnyClaim) {
  const auto other = *crypto::SigningKey::Generate(crypto::Algorithm::kEs256);
  EXPECT_EQ(Judge(SignParts(other, HeaderJson("ES256", "k"), "{}")), "signature_invalid");
}

TEST_F(AccessTokenVerifierTest, TheIssuerIsComparedByteByByte) {
  for (const char* issuer : {"https://id.example.com/", "https://ID.example.com", "x"}) {
    AccessTokenClaims claims = SomeClaims();
    claims.issuer = issuer;
    EXPECT_EQ(Judge(Sign(claims)), "issuer_mismatch");
  }
}

TEST_F(AccessTokenVerifierTest, TheAudienceMustBeAmongThoseOfTheToken) {
  AccessTokenClaims claims = SomeClaims();
  claims.audiences = {"first", "api"};
  const std::string token = Sign(claims);
  for (int fresh_then_cached = 0; fresh_then_cached < 2; ++fresh_then_cached) {
    EXPECT_EQ(Judge(token, At(1100), "api"), "accepted");
    EXPECT_EQ(Judge(token, At(1100), "other"), "audience_mismatch");
    EXPECT_EQ(Judge(token, At(1100), "API"), "audience_mismatch");
    EXPECT_EQ(Judge(token, At(1100), ""), "audience_mismatch") << "empty is not 'any'";
  }
}

TEST_F(AccessTokenVerifierTest, TheIssuerItselfNeedNotBeTheAudienceAndAllElseHolds) {
  EXPECT_TRUE(verifier_.VerifyForIssuer(token_, At(1100)).accepted());
  EXPECT_EQ(Name(verifier_.VerifyForIssuer(token_, At(3000))), "expired");
  Revoke(RevocationKind::kToken, "jti-1");
  EXPECT_EQ(Name(verifier_.VerifyForIssuer(token_, At(1100))), "revoked_token");
}

TEST_F(AccessTokenVerifierTest, ATokenEndsAtItsExpiryPlusTheLeeway) {
  for (int fresh_then_cached = 0; fresh_then_cached < 2; ++fresh_then_cached) {
    EXPECT_EQ(Judge(token_, At(1899)), "accepted");
    EXPECT_EQ(Judge(token_, At(1929)), "accepted");
    EXPECT_EQ(Judge(token_, At(1930)), "expired");
  }
}

// Claims have whole seconds, the clock has not.
TEST_F(AccessTokenVerifierTest, AnInstantBeforeABoundIsBeforeIt) {
  const absl::Duration instant = absl::Nanoseconds(1);
  for (int fresh_then_cached = 0; fresh_then_cached < 2; ++fresh_then_cached) {
    EXPECT_EQ(Judge(token_, At(970) - instant), "not_yet_valid");
    EXPECT_EQ(Judge(token_, At(970)), "accepted");
    EXPECT_EQ(Judge(token_, At(1930) - instant), "accepted");
    EXPECT_EQ(Judge(token_, At(1930)), "expired");
  }
  Judge(token_);
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1900) - instant).source, DecisionSource::kCache);
}

TEST_F(AccessTokenVerifierTest, TheCacheNeverOutlivesTheExpiry) {
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1899)).source, DecisionSource::kSignature);
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1899)).source, DecisionSource::kCache);
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1900)).source, DecisionSource::kSignature);
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1901)).source, DecisionSource::kSignature);
}

TEST_F(AccessTokenVerifierTest, ATokenIsNotYetValidBeforeItsIssueOrStart) {
  EXPECT_EQ(Judge(token_, At(969)), "not_yet_valid");
  EXPECT_EQ(Judge(token_, At(970)), "accepted");
  EXPECT_EQ(Judge(token_, At(969)), "not_yet_valid") << "also when it is cached";
  AccessTokenClaims claims = SomeClaims();
  claims.not_before = At(1200);
  EXPECT_EQ(Judge(Sign(claims), At(1169)), "not_yet_valid");
  EXPECT_EQ(Judge(Sign(claims), At(1170)), "accepted");
}

TEST_F(AccessTokenVerifierTest, TheLeewayIsAtMostThirtySecondsAndNeverNegative) {
  AccessTokenVerifier::Options options = SomeOptions();
  options.leeway = absl::Hours(1);
  EXPECT_EQ(Name(AccessTokenVerifier(options, keys_, revocations_).Verify(token_, "api", At(1930))),
            "expired");
  options.leeway = -absl::Hours(1);
  EXPECT_EQ(Name(AccessTokenVerifier(options, keys_, revocations_).Verify(token_, "api", At(1899))),
            "accepted");
}

// also for tokens that are in the cache.
TEST_F(AccessTokenVerifierTest, ARevocationReachesCachedTokensAtOnce) {
  const struct {
    RevocationKind kind;
    const char* subject;
    const char* reason;
  } kCases[] = {{RevocationKind::kKey, "k", "revoked_key"},
                {RevocationKind::kUser, "user-1", "revoked_user"},
                {RevocationKind::kSession, "session-1", "revoked_session"},
                {RevocationKind::kToken, "jti-1", "revoked_token"}};
  for (const auto& revoked : kCases) {
    revocations_.Replace(std::make_shared<const RevocationSet>());
    ASSERT_EQ(Judge(token_), "accepted");
    Revoke(revoked.kind, revoked.subject);
    const Verdict verdict = verifier_.Verify(token_, "api", At(1100));
    EXPECT_EQ(Name(verdict), revoked.reason);
    EXPECT_EQ(verdict.source, DecisionSource::kCache);
  }
}

// a key that left the set takes its cached tokens with it; a reload of the same keys does
// not.
TEST_F(AccessTokenVerifierTest, ACachedTokenIsWorthWhatItsKeyIsWorthNow) {
  ASSERT_EQ(Judge(token_), "accepted");
  keys_.Replace(std::make_shared<const KeySet>(SetOf("k", TestKey(), 2)));
  EXPECT_EQ(verifier_.Verify(token_, "api", At(1100)).source, DecisionSource::kCache);
  keys_.Replace(std::make_shared<const KeySet>());
  EXPECT_EQ(Judge(token_), "key_unknown");
  const auto other = *crypto::SigningKey::Generate(crypto::Algorithm::kEs256);
  keys_.Replace(std::make_shared<const KeySet>(SetOf("k", other)));
  EXPECT_EQ(Judge(token_), "signature_invalid") << "another key of the same name";
}

// A batch of any size says of each token what Verify() says, in order: whether tokens are new,
// cached, there twice or none at all.
TEST_F(AccessTokenVerifierTest, ABatchJudgesEachTokenAsIfItWereAlone) {
  using Reads = AccessTokenVerifier::Reads;
  std::vector<std::string> tokens = {token_, "", std::string(8193, 'a'), "a.b.c", token_ + "A"};
  for (int i = 0; i < 30; ++i) {
    AccessTokenClaims claims = SomeClaims();
    claims.token_id = "jti-" + std::to_string(i);
    if (i % 5 == 0) claims.audiences = {"other"};
    if (i % 7 == 0) claims.expires_at = At(1050);
    tokens.push_back(Sign(claims));
  }
  tokens.push_back(token_);
  Revoke(RevocationKind::kToken, "jti-8");
  const AccessTokenVerifier alone(SomeOptions(), keys_, revocations_);
  for (const size_t size : {0, 1, 2, 7, 8, 9, 15, 16, 17, 36}) {
    const AccessTokenVerifier verifier(SomeOptions(), keys_, revocations_);
    const std::vector<absl::string_view> batch(tokens.begin(), tokens.begin() + size);
    std::vector<std::string> expected;
    for (const auto token : batch) expected.push_back(Name(alone.Verify(token, "api", At(1100))));
    for (int fresh_then_cached = 0; fresh_then_cached < 2; ++fresh_then_cached) {
      std::vector<std::string> names;
      verifier.VerifyBatch(batch, "api", At(1100), Reads::kAnnotation,
                           [&](const Verdict& verdict) { names.push_back(Name(verdict)); });
      EXPECT_EQ(names, expected) << size;
    }
  }
}

TEST_F(AccessTokenVerifierTest, WithoutACacheEveryTokenIsVerified) {
  AccessTokenVerifier::Options options = SomeOptions();
  options.cache_bytes = 0;
  const AccessTokenVerifier verifier(options, keys_, revocations_);
  for (int i = 0; i < 2; ++i) {
    EXPECT_EQ(verifier.Verify(token_, "api", At(1100)).source, DecisionSource::kSignature);
  }
}

}  // namespace
}  // namespace signet::token
