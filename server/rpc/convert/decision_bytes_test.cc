#include "server/rpc/convert/decision_bytes.h"

#include <limits>
#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "client/token/token_fixture.h"
#include "client/token/verifier.h"
#include "server/rpc/convert/token_messages.h"
#include "signet/v1/token_service.pb.h"

namespace signet::rpc {
namespace {

constexpr auto kSignature = token::DecisionSource::kSignature;
constexpr auto kCache = token::DecisionSource::kCache;

token::AccessTokenClaims EveryClaim() {
  token::AccessTokenClaims claims = token::SomeClaims();
  claims.audiences = {"api", "b\xc3\xbcro"};
  claims.email = "a@example.com";
  claims.auth_time = token::At(999);
  claims.acr = "urn:acr:1";
  claims.amr = {"pwd", "otp"};
  return claims;
}

token::AccessTokenClaims FewestClaims() {
  token::AccessTokenClaims claims = token::SomeClaims();
  claims.session_id.reset();
  claims.scopes.clear();
  claims.roles.clear();
  claims.permissions.clear();
  return claims;
}

class DecisionBytesTest : public testing::Test {
 protected:
  domain::ValidateDecision Accepted(const token::AccessTokenClaims& claims,
                                    bool annotated = true) const {
    token::AccessTokenVerifier::Options options{.issuer = claims.issuer};
    if (annotated) options.annotate = ClaimsBytes;
    const token::AccessTokenVerifier verifier(options, keys_, revocations_);
    const std::string token = token::SignClaims(token::TestKey(), "k", claims);
    return Decision(verifier.Verify(token, "api", token::At(1100)));
  }

  static domain::ValidateDecision Rejected(token::RejectReason reason,
                                           token::DecisionSource source = kSignature) {
    return Decision(token::Verdict{reason, source});
  }

  static domain::ValidateDecision Decision(token::Verdict verdict) {
    domain::ValidateDecision decision{std::move(verdict)};
    decision.revocation_as_of = absl::FromUnixMicros(1'763'000'000'123'456);
    decision.key_set_version = 7;
    decision.cacheable_for = absl::Milliseconds(1500);
    return decision;
  }

  // The message that generated code makes of the same decision.
  template <typename Answer>
  static Answer VerdictOf(const domain::ValidateDecision& decision, bool with_claims) {
    Answer answer;
    answer.set_active(decision.active());
    answer.set_source(decision.asked ? v1::DECISION_SOURCE_DATABASE
                                     : ToProto(decision.verdict.source));
    answer.set_kind(decision.kind == domain::CredentialKind::kSessionToken
                        ? v1::CREDENTIAL_KIND_SESSION_TOKEN
                        : v1::CREDENTIAL_KIND_ACCESS_TOKEN);
    if (decision.active()) {
      if (with_claims)
        FromClaims(decision.verdict.token().claims().ToClaims(), *answer.mutable_claims());
    } else {
      answer.set_reason(decision.revocation_stale ? v1::INACTIVE_REASON_REVOCATION_STALE
                        : decision.refusal        ? ToProto(*decision.refusal)
                                                  : ToProto(decision.verdict.reason()));
    }
    return answer;
  }
  static void Set(absl::Time time, google::protobuf::Timestamp& out) {
    out.set_seconds(absl::ToUnixMicros(time) / 1'000'000);
    out.set_nanos(static_cast<int32_t>(absl::ToUnixMicros(time) % 1'000'000 * 1000));
  }
  static std::string ByGeneratedCode(const domain::ValidateDecision& decision) {
    auto answer = VerdictOf<v1::ValidateResponse>(decision, true);
    Set(decision.revocation_as_of, *answer.mutable_revocation_as_of());
    answer.set_key_set_version(decision.key_set_version);
    const int64_t nanos = absl::ToInt64Nanoseconds(decision.cacheable_for);
    answer.mutable_cacheable_for()->set_seconds(nanos / 1'000'000'000);
    answer.mutable_cacheable_for()->set_nanos(static_cast<int32_t>(nanos % 1'000'000'000));
    return answer.SerializeAsString();
  }

  static std::string Written(const domain::ValidateDecision& decision) {
    std::string bytes;
    AppendValidateResponse(decision, bytes);
    return bytes;
  }

  std::vector<domain::ValidateDecision> Decisions() const {
    std::vector<domain::ValidateDecision> all = {
        Accepted(EveryClaim()), Accepted(EveryClaim(), false), Accepted(FewestClaims()),
        Rejected(token::RejectReason::kRevokedKey, kCache)};
    for (int reason = 0; reason < static_cast<int>(token::kRejectReasonCount); ++reason) {
      all.push_back(Rejected(static_cast<token::RejectReason>(reason)));
    }
    all.push_back(Accepted(EveryClaim()));
    all.back().revocation_stale = true;
    all.push_back(Accepted(EveryClaim()));
    all.back().revocation_as_of = absl::UnixEpoch();  // every number is zero
    all.back().key_set_version = 0;
    all.back().cacheable_for = absl::ZeroDuration();
    all.push_back(Accepted(EveryClaim()));
    all.back().revocation_as_of = absl::FromUnixSeconds(253'402'300'799);
    all.back().key_set_version = std::numeric_limits<int64_t>::max();
    all.back().cacheable_for = absl::Hours(24 * 365);
    return all;
  }

  base::Snapshot<token::KeySet> keys_{
      std::make_shared<const token::KeySet>(token::SetOf("k", token::TestKey()))};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<const token::RevocationSet>()};
};

TEST_F(DecisionBytesTest, AResponseIsWrittenAsGeneratedCodeWritesIt) {
  for (const auto& decision : Decisions()) EXPECT_EQ(Written(decision), ByGeneratedCode(decision));
}

TEST_F(DecisionBytesTest, AClaimThatIsThereIsSaid) {
  v1::ValidateResponse response;
  ASSERT_TRUE(response.ParseFromString(Written(Accepted(EveryClaim()))));
  const v1::Claims& claims = response.claims();
  EXPECT_EQ(claims.audiences(1), "b\xc3\xbcro");
  EXPECT_EQ(claims.email(), "a@example.com");
  EXPECT_EQ(claims.auth_time().seconds(), 999);
  EXPECT_EQ(claims.acr(), "urn:acr:1");
  EXPECT_EQ(claims.amr(1), "otp");
  EXPECT_EQ(claims.expires_at().seconds(), 1900);
}

TEST_F(DecisionBytesTest, ABatchIsWrittenAsGeneratedCodeWritesIt) {
  for (const bool with_claims : {true, false}) {
    v1::ValidateBatchResponse expected;
    std::string written;
    for (const auto& decision : Decisions()) {
      *expected.add_results() = VerdictOf<v1::ValidateBatchResponse::Result>(decision, with_claims);
      AppendBatchResult(decision, with_claims ? BatchClaims::kIncluded : BatchClaims::kOmitted,
                        written);
    }
    const absl::Time as_of = absl::FromUnixMicros(1'763'000'000'123'456);
    Set(as_of, *expected.mutable_revocation_as_of());
    expected.set_key_set_version(9);
    AppendBatchKnowledge(as_of, 9, written);
    EXPECT_EQ(written, expected.SerializeAsString());
  }
}

TEST_F(DecisionBytesTest, TheTwoFieldsAreReadInAnyOrderAndTheLastOneCounts) {
  v1::ValidateRequest request;
  request.set_token(std::string(300, 't'));
  request.set_audience("api");
  const std::string bytes = request.SerializeAsString();
  const auto fields = ReadValidateFields(bytes);
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->token, request.token());
  EXPECT_EQ(fields->audience, "api");
  EXPECT_GE(fields->token.data(), bytes.data()) << "not copied";
  const auto other = ReadValidateFields(
      "\x12\x01"
      "b"
      "\x0a\x01"
      "x"
      "\x0a\x02"
      "yz");
  ASSERT_TRUE(other);
  EXPECT_EQ(other->token, "yz");
  EXPECT_EQ(other->audience, "b");
  EXPECT_TRUE(ReadValidateFields(""));
}

// What is not plainly these two fields is left to the generated parser, refused or not.
TEST_F(DecisionBytesTest, NothingUnusualIsRead) {
  for (const std::string& bytes :
       std::vector<std::string>{"\x0a",  // no length
                                "\x0a\x05"
                                "abc",  // cut off
                                "\x0a\xff\xff\xff\xff\x0f"
                                "abc",  // longer than anything
                                "\x0a\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01",  // longer still
                                "\x0a\x01\xff",                                  // not UTF-8
                                "\x12\x02\xc0\x80",                              // overlong
                                "\x08\x01",  // token as a number
                                "\x1a\x01"
                                "a",                         // a field that is not known
                                "\x0b\x0c",                  // a group
                                std::string("\x00\x01", 2),  // field 0
                                "\x0a\x01"
                                "a"
                                "\x0c"}) {  // the end of no group
    EXPECT_FALSE(ReadValidateFields(bytes)) << testing::PrintToString(bytes);
  }
}

// Whatever is read is what the generated parser reads.
TEST_F(DecisionBytesTest, EveryChangedByteIsReadAsTheGeneratedParserReadsItOrNotAtAll) {
  constexpr char kWhole[] =
      "\x0a\x04"
      "abcd"
      "\x12\x03"
      "api"
      "\x0a\x82\x00"
      "ef";
  const std::string whole(kWhole, sizeof(kWhole) - 1);
  int read = 0;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      const auto fields = ReadValidateFields(bytes);
      v1::ValidateRequest request;
      const bool parsed = request.ParseFromString(bytes);
      if (!fields) continue;
      ++read;
      ASSERT_TRUE(parsed) << testing::PrintToString(bytes);
      EXPECT_EQ(fields->token, request.token());
      EXPECT_EQ(fields->audience, request.audience());
    }
  }
  EXPECT_GT(read, 500);
}

std::string SerializedBatch(size_t tokens) {
  v1::ValidateBatchRequest request;
  for (size_t i = 0; i < tokens; ++i) request.add_tokens("token-" + std::to_string(i));
  request.set_audience("api");
  return request.SerializeAsString();
}

TEST_F(DecisionBytesTest, ABatchIsReadWithoutCopies) {
  const std::string bytes = SerializedBatch(300);
  BatchFields fields{.tokens = {"of the batch before"}, .omit_claims = true};
  ASSERT_TRUE(ReadBatchFields(bytes, fields));
  ASSERT_EQ(fields.tokens.size(), 300u);
  EXPECT_EQ(fields.tokens[0], "token-0");
  EXPECT_EQ(fields.tokens[299], "token-299");
  EXPECT_GE(fields.tokens[0].data(), bytes.data());
  EXPECT_LT(fields.tokens[299].data(), bytes.data() + bytes.size());
  EXPECT_EQ(fields.audience, "api");
  EXPECT_FALSE(fields.omit_claims);
  EXPECT_TRUE(ReadBatchFields("", fields));
  EXPECT_TRUE(fields.tokens.empty());
}

// Room is taken for an allowed batch alone: the generated parser and the limit see the others.
TEST_F(DecisionBytesTest, ABatchBeyondTheLimitIsLeftToTheGeneratedParser) {
  BatchFields fields;
  EXPECT_TRUE(ReadBatchFields(SerializedBatch(kMaxBatchTokens), fields));
  EXPECT_FALSE(ReadBatchFields(SerializedBatch(kMaxBatchTokens + 1), fields));
  EXPECT_LE(fields.tokens.capacity(), 2 * kMaxBatchTokens);
}

TEST_F(DecisionBytesTest, EveryChangedByteOfABatchIsReadAsTheGeneratedParserReadsItOrNotAtAll) {
  v1::ValidateBatchRequest batch;
  batch.add_tokens("abcd");
  batch.set_audience("api");
  batch.set_omit_claims(true);
  const std::string whole = batch.SerializeAsString() + "\x0a\x01z";
  int read = 0;
  BatchFields fields;
  for (size_t at = 0; at < whole.size(); ++at) {
    for (int value = 0; value < 256; ++value) {
      std::string bytes = whole;
      bytes[at] = static_cast<char>(value);
      v1::ValidateBatchRequest request;
      const bool parsed = request.ParseFromString(bytes);
      if (!ReadBatchFields(bytes, fields)) continue;
      ++read;
      ASSERT_TRUE(parsed) << testing::PrintToString(bytes);
      const std::vector<std::string> tokens(fields.tokens.begin(), fields.tokens.end());
      EXPECT_EQ(tokens, std::vector<std::string>(request.tokens().begin(), request.tokens().end()));
      EXPECT_EQ(fields.audience, request.audience());
      EXPECT_EQ(fields.omit_claims, request.omit_claims());
    }
  }
  EXPECT_GT(read, 500);
}

TEST_F(DecisionBytesTest, AStreamsAnswerIsTheGeneratedCodesByteForByte) {
  for (const std::string& id : {std::string(), std::string("q1"), std::string(64, 'x')}) {
    for (const auto& decision :
         {Accepted(EveryClaim()), Rejected(token::RejectReason::kExpired, kCache)}) {
      std::string inner;
      AppendValidateResponse(decision, inner);
      v1::ValidateStreamResponse message;
      ASSERT_TRUE(message.mutable_response()->ParseFromString(inner));
      message.set_id(id);
      std::string written;
      AppendStreamResponse(decision, id, written);
      EXPECT_EQ(written, message.SerializeAsString());
    }
  }
}

TEST(ReadStreamFields, ReadsTheTwoFieldsWhereTheyLie) {
  v1::ValidateStreamRequest request;
  request.mutable_request()->set_token("a.b.c");
  request.mutable_request()->set_audience("api");
  request.set_id("q1");
  const std::string bytes = request.SerializeAsString();
  const auto fields = ReadStreamFields(bytes);
  ASSERT_TRUE(fields.has_value());
  EXPECT_EQ(fields->request.token, "a.b.c");
  EXPECT_EQ(fields->request.audience, "api");
  EXPECT_EQ(fields->id, "q1");
  EXPECT_TRUE(ReadStreamFields("").has_value());
}

// What these mean is the generated parser's to say.
TEST(ReadStreamFields, LeavesEverythingElseToTheParser) {
  v1::ValidateStreamRequest request;
  request.mutable_request()->set_token("a.b.c");
  request.set_id("q1");
  const std::string bytes = request.SerializeAsString();
  EXPECT_FALSE(ReadStreamFields(bytes + bytes).has_value());       // merged
  EXPECT_FALSE(ReadStreamFields(bytes + "\x18\x01").has_value());  // an unknown field
  EXPECT_FALSE(ReadStreamFields("\x12\x02\xff\xfe").has_value());  // no UTF-8
  EXPECT_FALSE(ReadStreamFields("\x0a\x7f").has_value());          // cut off
  EXPECT_FALSE(ReadStreamFields(std::string("\x0a\x02\x18\x01", 4)).has_value());
}

}  // namespace
}  // namespace signet::rpc
