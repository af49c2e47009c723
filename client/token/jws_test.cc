#include "client/token/jws.h"

#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

using crypto::Algorithm;

const KeySet& Keys() {
  static const auto* const keys = new KeySet(SetOf("k", TestKey()));
  return *keys;
}

// The reason, or "accepted".
std::string JudgeText(absl::string_view compact, TypeRule type = TypeRule::kAccessToken,
                      const KeySet& keys = Keys()) {
  const auto verdict = VerifyJws(compact, keys, type);
  if (std::holds_alternative<VerifiedJws>(verdict)) return "accepted";
  return std::string(RejectReasonName(std::get<RejectReason>(verdict)));
}

std::string WithHeader(absl::string_view header) { return SignParts(TestKey(), header, "{}"); }

// R-301
TEST(VerifyJws, GivesPayloadAndKeyOfEveryAlgorithm) {
  for (int i = 0; i < crypto::kAlgorithmCount; ++i) {
    const auto key = *crypto::SigningKey::Generate(static_cast<Algorithm>(i));
    const KeySet keys = SetOf("2026-11-a", key);
    const std::string compact =
        SignParts(key, HeaderJson(AlgorithmName(key.algorithm()), "2026-11-a"), "any payload");
    const auto verdict = VerifyJws(compact, keys, TypeRule::kAccessToken);
    ASSERT_TRUE(std::holds_alternative<VerifiedJws>(verdict));
    EXPECT_EQ(std::get<VerifiedJws>(verdict).payload, "any payload");
    EXPECT_EQ(std::get<VerifiedJws>(verdict).key, keys.Find("2026-11-a"));
  }
}

TEST(VerifyJws, OurOwnHeaderIsAccepted) {
  const std::string head = EncodeAccessTokenHeader(Algorithm::kEs256, "k") + ".e30";
  EXPECT_EQ(JudgeText(head + "." + base::Base64UrlEncode(*TestKey().Sign(head))), "accepted");
}

TEST(VerifyJws, TokensOver8KiBAreTooLarge) {
  const std::string good = WithHeader(HeaderJson("ES256", "k"));
  EXPECT_NE(JudgeText(good + std::string(8192 - good.size(), 'A')), "too_large");
  EXPECT_EQ(JudgeText(good + std::string(8193 - good.size(), 'A')), "too_large");
}

TEST(VerifyJws, AnythingButThreePartsIsMalformed) {
  const std::string good = WithHeader(HeaderJson("ES256", "k"));
  const std::vector<std::string> part = absl::StrSplit(good, '.');
  for (const std::string& bad :
       {std::string(), std::string("."), std::string(".."), part[0], part[0] + "." + part[1],
        good + ".", "." + good, good + "." + part[2], part[1] + "." + part[2]}) {
    EXPECT_EQ(JudgeText(bad), "malformed") << bad;
  }
  EXPECT_EQ(JudgeText(part[0] + "." + part[1] + "."), "signature_invalid");
}

// A second spelling of the same bytes would pass a deny-list and any cache by the token's text.
TEST(VerifyJws, EverySecondSpellingOfAPartIsMalformed) {
  const std::string good = WithHeader(HeaderJson("ES256", "k"));
  const size_t first = good.find('.');
  const size_t last = good.rfind('.');
  for (const char c : {'=', ' ', '\n', '\0', '+', '/', '!', '\x80'}) {
    EXPECT_EQ(JudgeText(good + c), "malformed");
    EXPECT_EQ(JudgeText(std::string(1, c) + good), "malformed");
    EXPECT_EQ(JudgeText(std::string(good).insert(first, 1, c)), "malformed");
    EXPECT_EQ(JudgeText(std::string(good).insert(last, 1, c)), "malformed");
  }
  std::string trailing_bits = good;
  trailing_bits.back() = static_cast<char>(trailing_bits.back() + 1);  // 64 bytes: 4 unused bits
  EXPECT_NE(JudgeText(trailing_bits), "accepted");
}

TEST(VerifyJws, AHeaderThatIsNoStrictJsonObjectIsMalformed) {
  for (const char* header : {"", "[]", "null", "{", R"({"alg":"ES256","kid":"k","alg":"ES256"})",
                             R"({"alg":"ES256","kid":"k","typ":"at+jwt"} )"
                             "x"}) {
    EXPECT_EQ(JudgeText(WithHeader(header)), "malformed") << header;
  }
}

TEST(VerifyJws, HeaderMembersOfTheWrongTypeAreInvalid) {
  EXPECT_EQ(JudgeText(WithHeader(R"({"kid":"k","typ":"at+jwt"})")), "header_invalid");
  EXPECT_EQ(JudgeText(WithHeader(R"({"alg":256,"kid":"k","typ":"at+jwt"})")), "header_invalid");
  EXPECT_EQ(JudgeText(WithHeader(R"({"alg":["ES256"],"kid":"k"})")), "header_invalid");
  EXPECT_EQ(JudgeText(WithHeader(R"({"alg":"ES256","kid":null,"typ":"at+jwt"})")),
            "header_invalid");
  EXPECT_EQ(JudgeText(WithHeader(R"({"alg":"ES256","kid":"k","typ":1})")), "header_invalid");
  std::string many = R"(,"typ":"at+jwt")";
  for (int i = 0; i < 30; ++i) many += ",\"m" + std::to_string(i) + "\":1";
  EXPECT_EQ(JudgeText(WithHeader(HeaderJson("ES256", "k", many))), "header_invalid");
}

TEST(VerifyJws, AlgorithmsOutsideTheListAreNotAllowedWhateverTheKey) {
  for (const char* alg : {"none", "None", "HS256", "RS384", "ES512", "es256", ""}) {
    EXPECT_EQ(JudgeText(WithHeader(HeaderJson(alg, "k"))), "algorithm_not_allowed") << alg;
    EXPECT_EQ(JudgeText(WithHeader(HeaderJson(alg, "unknown"))), "algorithm_not_allowed") << alg;
  }
}

// RFC 8725 section 3.1: the key says which algorithm, the token only repeats it.
TEST(VerifyJws, AnAlgorithmThatIsNotTheKeysOwnIsNotAllowed) {
  for (const char* alg : {"RS256", "PS256", "ES384", "EdDSA"}) {
    EXPECT_EQ(JudgeText(WithHeader(HeaderJson(alg, "k"))), "algorithm_not_allowed") << alg;
  }
}

TEST(VerifyJws, KeysThatAreNotInTheSetAreUnknown) {
  EXPECT_EQ(JudgeText(WithHeader(HeaderJson("ES256", "other"))), "key_unknown");
  EXPECT_EQ(JudgeText(WithHeader(HeaderJson("ES256", ""))), "key_unknown");
  EXPECT_EQ(JudgeText(WithHeader(HeaderJson("ES256", "K"))), "key_unknown");
  EXPECT_EQ(JudgeText(WithHeader(R"({"alg":"ES256","typ":"at+jwt"})")), "key_unknown");
  EXPECT_EQ(JudgeText(WithHeader(HeaderJson("ES256", "k")), TypeRule::kAccessToken, KeySet()),
            "key_unknown");
}

// RFC 9068 section 4; RFC 8725 section 3.11: an ID token is not an access token.
TEST(VerifyJws, OnlyTheTypeOfAccessTokensPassesWhereItIsAskedFor) {
  for (const char* typ : {"at+jwt", "AT+JWT", "application/at+jwt", "Application/At+Jwt"}) {
    EXPECT_EQ(
        JudgeText(WithHeader(HeaderJson("ES256", "k", absl::StrCat(R"(,"typ":")", typ, "\"")))),
        "accepted");
  }
  for (const char* more : {"", R"(,"typ":"JWT")", R"(,"typ":"")", R"(,"typ":"at+jwt ")",
                           R"(,"typ":"application/application/at+jwt")", R"(,"typ":"at")"}) {
    const std::string compact = WithHeader(HeaderJson("ES256", "k", more));
    EXPECT_EQ(JudgeText(compact), "type_invalid") << more;
    EXPECT_EQ(JudgeText(compact, TypeRule::kAny), "accepted") << more;
  }
}

// Each of them would make us fetch or take a key from the token, or read the payload otherwise.
TEST(VerifyJws, HeadersThatWeWouldHaveToHonourAreRefused) {
  for (const char* member :
       {R"("crit":["exp"])", R"("crit":[])", R"("jku":"https://evil.example")", R"("x5u":"u")",
        R"("jwk":{})", R"("x5c":[])", R"("b64":true)", R"("b64":false)", R"("zip":"DEF")"}) {
    const std::string header =
        HeaderJson("ES256", "k", absl::StrCat(R"(,"typ":"at+jwt",)", member));
    EXPECT_EQ(JudgeText(WithHeader(header)), "critical_header") << member;
  }
  EXPECT_EQ(JudgeText(WithHeader(HeaderJson("ES256", "k", R"(,"typ":"at+jwt","cty":"x","x":{})"))),
            "accepted");
}

TEST(VerifyJws, EveryChangedCharacterIsRefused) {
  const std::string good = SignClaims(TestKey(), "k", SomeClaims());
  ASSERT_EQ(JudgeText(good), "accepted");
  for (size_t i = 0; i < good.size(); ++i) {
    std::string changed = good;
    changed[i] = changed[i] == 'A' ? 'B' : 'A';
    EXPECT_NE(JudgeText(changed), "accepted") << i;
  }
}

TEST(VerifyJws, SignaturesOfAnotherKeyOrLengthAreInvalid) {
  const auto other = *crypto::SigningKey::Generate(Algorithm::kEs256);
  EXPECT_EQ(JudgeText(SignParts(other, HeaderJson("ES256", "k"), "{}")), "signature_invalid");
  const std::string good = WithHeader(HeaderJson("ES256", "k"));
  std::string cut = good.substr(0, good.size() - 4);
  cut.back() = 'A';
  EXPECT_EQ(JudgeText(cut), "signature_invalid");
  cut.back() = 'B';
  EXPECT_EQ(JudgeText(cut), "malformed") << "bits behind the last byte";
  EXPECT_EQ(JudgeText(good.substr(0, good.rfind('.') + 1) + std::string(84, 'A')),
            "signature_invalid");
}

}  // namespace
}  // namespace signet::token
