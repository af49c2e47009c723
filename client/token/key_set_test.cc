#include "client/token/key_set.h"

#include <string>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/base/error.h"
#include "client/token/jwk.h"
#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

using crypto::Algorithm;

std::string SetJson(absl::string_view keys) { return absl::StrCat("{\"keys\":[", keys, "]}"); }

std::string TestJwk() { return WriteJwk("k", TestKey().verifying_key()); }

// The number of keys as text, or the refused field.
std::string Parse(absl::string_view json) {
  const auto set = ParseKeySet(json);
  if (set.ok()) return absl::StrCat(set->keys().size());
  EXPECT_EQ(set.status().code(), absl::StatusCode::kInvalidArgument);
  const auto violations = base::FieldViolations(set.status());
  return violations.empty() ? "no field" : violations[0].field;
}

std::string ParseInstead(absl::string_view old_text, absl::string_view new_text) {
  return Parse(SetJson(absl::StrReplaceAll(TestJwk(), {{old_text, new_text}})));
}

std::string ParseWith(absl::string_view member) {
  return ParseInstead("{", absl::StrCat("{", member, ","));
}

TEST(KeySet, ReadsBackWhatItPublishes) {
  KeySet::Builder builder;
  for (int i = 0; i < crypto::kAlgorithmCount; ++i) {
    const auto key = *crypto::SigningKey::Generate(static_cast<Algorithm>(i));
    ASSERT_TRUE(builder.Add(absl::StrCat("key-", i), key.verifying_key()).ok());
  }
  const KeySet set = builder.Build(7);
  EXPECT_EQ(set.version(), 7);
  const auto again = ParseKeySet(set.jwks_json());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(again->version(), 0);
  EXPECT_EQ(again->jwks_json(), set.jwks_json());
  EXPECT_NE(again->identity(), set.identity());
  for (const KeySet::Key& key : set.keys()) {
    ASSERT_NE(again->Find(key.kid), nullptr);
    EXPECT_EQ(again->Find(key.kid)->key.fingerprint(), key.key.fingerprint());
  }
  EXPECT_EQ(set.Find("key-9"), nullptr);
}

TEST(KeySet, AnEmptyOneHasNoKeysAndAValidDocument) {
  EXPECT_EQ(KeySet().Find(""), nullptr);
  EXPECT_EQ(KeySet().jwks_json(), R"({"keys":[]})");
  EXPECT_EQ(Parse(KeySet().jwks_json()), "0");
}

TEST(KeySetBuilder, RefusesNamesThatAreEmptyTakenOrNotPrintable) {
  KeySet::Builder builder;
  const auto& key = TestKey().verifying_key();
  EXPECT_TRUE(builder.Add("2026-11-a", key).ok());
  for (const std::string& kid :
       {std::string(), std::string("2026-11-a"), std::string("a b"), std::string("a\n"),
        std::string("\xc3\xa4"), std::string(257, 'k')}) {
    EXPECT_EQ(builder.Add(kid, key).code(), absl::StatusCode::kInvalidArgument) << kid;
  }
  EXPECT_EQ(builder.Build(1).keys().size(), 1u);
}

TEST(ParseKeySet, RefusesTextThatIsNoJwkSet) {
  EXPECT_EQ(Parse(""), "jwks");
  EXPECT_EQ(Parse("[]"), "jwks");
  EXPECT_EQ(Parse(R"({"keys":[],"keys":[]})"), "jwks");
  EXPECT_EQ(Parse(std::string((1 << 20) + 1, ' ')), "jwks");
  EXPECT_EQ(Parse("{}"), "keys");
  EXPECT_EQ(Parse(R"({"keys":{}})"), "keys");
  EXPECT_EQ(Parse(SetJson("1")), "keys[0]");
  EXPECT_EQ(Parse(SetJson("{}")), "keys[0].kty");
}

// A private or symmetric key in a published document is a leak, and never a way to verify.
TEST(ParseKeySet, RefusesSetsWithSecrets) {
  for (const char* name : {"d", "p", "q", "dp", "dq", "qi", "oth", "k"}) {
    EXPECT_EQ(ParseWith(absl::StrCat("\"", name, "\":\"AQAB\"")), absl::StrCat("keys[0].", name));
  }
  EXPECT_EQ(Parse(SetJson(absl::StrCat(TestJwk(), R"(,{"kty":"oct","k":"AAAA"})"))), "keys[1].kty");
}

TEST(ParseKeySet, RefusesMissingAndRepeatedNames) {
  EXPECT_EQ(ParseInstead("\"kid\":\"k\",", ""), "keys[0].kid");
  EXPECT_EQ(ParseInstead("\"kid\":\"k\",", "\"kid\":1,"), "keys[0].kid");
  EXPECT_EQ(Parse(SetJson(absl::StrCat(TestJwk(), ",", TestJwk()))), "keys[1].kid");
}

TEST(ParseKeySet, RefusesContradictions) {
  EXPECT_EQ(ParseInstead("ES256", "ES384"), "keys[0].alg");
  EXPECT_EQ(ParseInstead("ES256", "RS256"), "keys[0].alg");
  EXPECT_EQ(ParseInstead("P-256", "P-384"), "keys[0].alg");
  EXPECT_EQ(ParseInstead("\"EC\"", "\"RSA\""), "keys[0].alg");
  EXPECT_EQ(ParseInstead("\"EC\"", "\"OKP\""), "keys[0].alg");
  EXPECT_EQ(ParseInstead("\"ES256\"", "256"), "keys[0].alg");
}

TEST(ParseKeySet, RefusesDamagedParameters) {
  EXPECT_EQ(ParseInstead("\"x\":\"", "\"x\":\"AA"), "keys[0].x");
  EXPECT_EQ(ParseInstead("\"y\":\"", "\"y\":\"=="), "keys[0].y");
  EXPECT_EQ(ParseInstead("\"y\":", "\"z\":"), "keys[0].y");
}

TEST(ParseKeySet, SkipsKeysThatAreForSomethingElse) {
  EXPECT_EQ(ParseInstead("\"sig\"", "\"enc\""), "0");
  EXPECT_EQ(ParseWith(R"("key_ops":["encrypt"])"), "0");
  EXPECT_EQ(ParseInstead("\"ES256\"", "\"ES256K\""), "0");
  EXPECT_EQ(Parse(SetJson(absl::StrCat(R"({"kty":"new","x":1},)", TestJwk()))), "1");
  EXPECT_EQ(Parse(SetJson(R"({"kty":"EC","crv":"P-521","x":"AA","y":"AA","kid":"a"})")), "0");
}

TEST(ParseKeySet, TakesOperationsThatHoldVerifyOnce) {
  EXPECT_EQ(ParseWith(R"("key_ops":["verify"])"), "1");
  EXPECT_EQ(ParseWith(R"("key_ops":["verify","verify"])"), "keys[0].key_ops");
  EXPECT_EQ(ParseWith(R"("key_ops":"verify")"), "keys[0].key_ops");
}

// A curve has one algorithm; an RSA key has two, and must say which.
TEST(ParseKeySet, TheAlgorithmMayFollowFromTheCurveButNotFromRsa) {
  EXPECT_EQ(ParseInstead(",\"alg\":\"ES256\"", ""), "1");
  const auto rsa = *crypto::SigningKey::Generate(Algorithm::kRs256);
  const std::string jwk = WriteJwk("r", rsa.verifying_key());
  EXPECT_EQ(Parse(SetJson(jwk)), "1");
  EXPECT_EQ(Parse(SetJson(absl::StrReplaceAll(jwk, {{",\"alg\":\"RS256\"", ""}}))), "keys[0].alg");
}

// RFC 7638 section 3.1, the standard's own key and result.
TEST(Jwk, ThumbprintOfTheStandardsExample) {
  const auto set = ParseKeySet(SetJson(
      R"({"kty":"RSA","n":"0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7a)"
      R"(PFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4Qy)"
      R"(Q5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdk)"
      R"(t-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw",)"
      R"("e":"AQAB","alg":"RS256","kid":"2011-04-29"})"));
  ASSERT_TRUE(set.ok()) << set.status();
  EXPECT_EQ(JwkThumbprint(set->keys()[0].key), "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs");
}

}  // namespace
}  // namespace signet::token
