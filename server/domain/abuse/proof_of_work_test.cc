#include "server/domain/abuse/proof_of_work.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"
#include "server/domain/abuse/solve_challenge.h"
#include "server/domain/fakes/fake_used_challenges.h"

namespace signet::domain {
namespace {

const absl::Time kAsked = absl::FromUnixSeconds(1'800'000'000);

CallInfo At(absl::Time now) { return CallInfo{now, now + absl::Seconds(5), {}}; }

class ProofOfWorkTest : public testing::Test {
 protected:
  FakeUsedChallenges used_;
  ProofOfWork work_{{.max_number = 50}, base::Secret(std::string(32, 'k')), used_};
};

//
TEST_F(ProofOfWorkTest, ASolutionIsGoodOnce) {
  const std::string solution = Solve(work_.Issue(kAsked));
  EXPECT_TRUE(*work_.Check(solution, At(kAsked)));
  EXPECT_FALSE(*work_.Check(solution, At(kAsked)));
}

TEST_F(ProofOfWorkTest, ASolutionIsGoodForFiveMinutes) {
  const std::string solution = Solve(work_.Issue(kAsked));
  EXPECT_FALSE(*work_.Check(solution, At(kAsked + absl::Minutes(5))));
  EXPECT_TRUE(*work_.Check(solution, At(kAsked + absl::Minutes(5) - absl::Seconds(1))));
}

TEST_F(ProofOfWorkTest, AChallengeOfOnesOwnIsNone) {
  ProofOfWork theirs({.max_number = 5}, base::Secret(std::string(32, 'x')), used_);
  EXPECT_FALSE(*work_.Check(Solve(theirs.Issue(kAsked)), At(kAsked)));
}

// A signed challenge with another salt, or another number, is none.
TEST_F(ProofOfWorkTest, SaltAndNumberBelongToTheChallenge) {
  const Challenge one = work_.Issue(kAsked);
  Challenge mixed = one;
  mixed.signature = work_.Issue(kAsked).signature;
  EXPECT_FALSE(*work_.Check(Solve(mixed), At(kAsked)));
  std::string json;
  ASSERT_TRUE(absl::Base64Unescape(Solve(one), &json));
  for (const auto& [from, to] : {std::pair("?expires=1", "?expires=2"), std::pair("SHA-256", "MD5"),
                                 std::pair("\"number\":", "\"number\":1")}) {
    const std::string changed = absl::StrReplaceAll(json, {{from, to}});
    ASSERT_NE(changed, json);
    EXPECT_FALSE(*work_.Check(absl::Base64Escape(changed), At(kAsked))) << to;
  }
  EXPECT_TRUE(*work_.Check(absl::Base64Escape(json), At(kAsked)));
}

// The expiry ends in '&': otherwise the number's first digits could be given to it, the hash being
// the same, and a solution would be good for years.
TEST_F(ProofOfWorkTest, TheNumberCannotLendDigitsToTheExpiry) {
  Challenge challenge = work_.Issue(kAsked);
  EXPECT_TRUE(absl::EndsWith(challenge.salt, "&"));
  std::string json;
  ASSERT_TRUE(absl::Base64Unescape(Solve(challenge), &json));
  const std::string salt = challenge.salt.substr(0, challenge.salt.size() - 1);
  const std::string moved = absl::StrReplaceAll(json, {{challenge.salt, salt}});
  EXPECT_FALSE(*work_.Check(absl::Base64Escape(moved), At(kAsked)));
}

TEST_F(ProofOfWorkTest, AnythingElseIsNoSolution) {
  for (const char* text :
       {"", "x", "e30=", "W10=", "eyJhbGdvcml0aG0iOiJTSEEtMjU2In0=", "bnVsbA=="}) {
    EXPECT_FALSE(*work_.Check(text, At(kAsked))) << text;
  }
  EXPECT_FALSE(*work_.Check(std::string(100'000, 'A'), At(kAsked)));
}

}  // namespace
}  // namespace signet::domain
