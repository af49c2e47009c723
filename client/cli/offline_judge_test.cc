#include "client/cli/offline_judge.h"

#include <sstream>
#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/base/fake_clock.h"
#include "client/token/token_fixture.h"

namespace signet::cli {
namespace {

using testing::HasSubstr;
using testing::StartsWith;
using token::At;
using token::SetOf;
using token::SignClaims;
using token::SomeClaims;
using token::TestKey;

class OfflineJudgeTest : public testing::Test {
 protected:
  static OfflineJudge::Options Rules() {
    OfflineJudge::Options options;
    options.issuer = "https://id.example.com";
    options.audience = "api";
    return options;
  }
  std::string Stream(const OfflineJudge& judge, const std::string& lines, size_t malformed) const {
    std::istringstream in(lines);
    std::ostringstream out;
    EXPECT_EQ(judge.JudgeStream(in, out).malformed, malformed);
    return out.str();
  }

  base::FakeClock clock_{At(1100)};
  const OfflineJudge judge_{Rules(), SetOf("k", TestKey()), clock_};
  const std::string token_ = SignClaims(TestKey(), "k", SomeClaims());
};

TEST_F(OfflineJudgeTest, AcceptsByTheRulesOfTheServerAndShowsTheClaims) {
  const auto judgement = judge_.Judge(token_);
  EXPECT_TRUE(judgement.active);
  EXPECT_THAT(judgement.json, StartsWith("{\"active\":true,\"reason\":null,\"claims\":{"));
  EXPECT_THAT(judgement.json, HasSubstr("\"sub\":\"user-1\""));
}

TEST_F(OfflineJudgeTest, JudgesAtTheTimeGivenInsteadOfTheClocks) {
  auto rules = Rules();
  rules.now = At(1'000'000);
  const OfflineJudge later(rules, SetOf("k", TestKey()), clock_);
  EXPECT_EQ(later.Judge(token_).json, "{\"active\":false,\"reason\":\"expired\",\"claims\":null}");
}

TEST_F(OfflineJudgeTest, NamesThePreciseReason) {
  EXPECT_EQ(judge_.Judge("a.b").json,
            "{\"active\":false,\"reason\":\"malformed\",\"claims\":null}");
  auto rules = Rules();
  rules.audience = "somebody-else";
  const OfflineJudge other(rules, SetOf("k", TestKey()), clock_);
  EXPECT_FALSE(other.Judge(token_).active);
  EXPECT_THAT(other.Judge(token_).json, HasSubstr("audience_mismatch"));
}

TEST_F(OfflineJudgeTest, AnswersAStreamInOrderAndGoesOnAfterMalformedLines) {
  const std::string out = Stream(judge_,
                                 "{\"id\":\"one\",\"token\":\"" + token_ +
                                     "\"}\n"
                                     "nonsense\n"
                                     "{\"id\":2}\n"
                                     "{\"id\":[],\"token\":\"a\"}\n"
                                     "\n"
                                     "{\"token\":\"a.b\",\"id\":3}",
                                 4);
  std::istringstream lines(out);
  std::string line;
  std::getline(lines, line);
  EXPECT_THAT(line, StartsWith("{\"id\":\"one\",\"active\":true,\"reason\":null,\"claims\":{"));
  std::getline(lines, line);
  EXPECT_EQ(line, "{\"id\":null,\"error\":\"not a JSON object\"}");
  std::getline(lines, line);
  EXPECT_EQ(line, "{\"id\":null,\"error\":\"token is missing\"}");
  std::getline(lines, line);
  EXPECT_EQ(line, "{\"id\":null,\"error\":\"id is neither string nor number\"}");
  std::getline(lines, line);
  EXPECT_EQ(line, "{\"id\":null,\"error\":\"not a JSON object\"}");
  std::getline(lines, line);
  EXPECT_EQ(line, "{\"id\":3,\"active\":false,\"reason\":\"malformed\",\"claims\":null}");
  EXPECT_FALSE(std::getline(lines, line));
}

TEST_F(OfflineJudgeTest, ALineWithoutEndTakesNoMemoryAndDoesNotEndTheStream) {
  const std::string out =
      Stream(judge_, std::string(300'000, 'x') + "\n{\"id\":1,\"token\":\"\"}\n", 1);
  EXPECT_EQ(out,
            "{\"id\":null,\"error\":\"line is over 64 KiB\"}\n"
            "{\"id\":1,\"active\":false,\"reason\":\"malformed\",\"claims\":null}\n");
}

TEST_F(OfflineJudgeTest, OfASignatureAloneShowsThePayloadWhateverItIs) {
  OfflineJudge::Options rules;
  rules.scope = OfflineJudge::Scope::kSignatureOnly;
  const OfflineJudge judge(rules, SetOf("k", TestKey()), clock_);
  const auto sign = [](absl::string_view payload) {
    return token::SignParts(TestKey(), token::HeaderJson("ES256", "k", ""), payload);
  };
  EXPECT_EQ(judge.Judge(sign("{ \"a\": 1 }")).json,
            "{\"active\":true,\"reason\":null,\"kid\":\"k\",\"payload\":{\"a\":1}}");
  EXPECT_EQ(judge.Judge(sign("hi")).json,
            "{\"active\":true,\"reason\":null,\"kid\":\"k\",\"payload_base64url\":\"aGk\"}");
  EXPECT_EQ(judge.Judge(sign("hi") + "=").json, "{\"active\":false,\"reason\":\"malformed\"}");
}

TEST_F(OfflineJudgeTest, DecodesWithoutVerifying) {
  const auto decoded = DecodeUnverified(token_);
  ASSERT_TRUE(decoded.ok());
  EXPECT_THAT(*decoded, StartsWith("{\"verified\":false,\"header\":{"));
  EXPECT_EQ(UnverifiedAudience(token_), "api");
  EXPECT_FALSE(DecodeUnverified("a.b").ok());
  EXPECT_FALSE(DecodeUnverified("!.!.!").ok());
  EXPECT_FALSE(DecodeUnverified("AA.AA.AA").ok());
  EXPECT_EQ(UnverifiedAudience("AA.AA.AA"), "");
}

TEST(TimeArgumentTest, IsRfc3339OrSecondsSince1970) {
  EXPECT_EQ(*ParseTimeArgument("1100"), absl::FromUnixSeconds(1100));
  EXPECT_EQ(*ParseTimeArgument("1970-01-01T00:18:20Z"), absl::FromUnixSeconds(1100));
  EXPECT_FALSE(ParseTimeArgument("yesterday").ok());
}

}  // namespace
}  // namespace signet::cli
