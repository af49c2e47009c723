#include <fstream>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/fake_clock.h"
#include "client/cli/cli_fixture.h"
#include "client/cli/fake_server.h"
#include "client/cli/rpc_channel.h"
#include "client/cli/test_directory.h"

namespace signet::cli {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST_F(CliTest, HelpOfEveryCommandHasExamples) {
  for (const char* line : {"register",
                           "login",
                           "logout",
                           "password",
                           "whoami",
                           "status",
                           "validate",
                           "refresh",
                           "token verify",
                           "token decode",
                           "token revoke",
                           "authz",
                           "token revoke-all",
                           "token explain",
                           "sessions list",
                           "sessions terminate",
                           "lineage show",
                           "keys list",
                           "keys verifiers",
                           "keys prepare",
                           "keys activate",
                           "keys taint",
                           "keys retire",
                           "keys rotate",
                           "step-up",
                           "mfa enroll",
                           "mfa confirm",
                           "mfa disable",
                           "mfa status",
                           "mfa recovery-codes",
                           "admin user get",
                           "admin user list",
                           "admin user update",
                           "admin user disable",
                           "admin user enable",
                           "admin user unlock",
                           "admin user delete",
                           "admin user import",
                           "admin user export",
                           "admin user erase",
                           "role list",
                           "role get",
                           "role create",
                           "role update",
                           "role delete",
                           "grant give",
                           "grant revoke",
                           "grant list",
                           "grant check",
                           "service-account create",
                           "service-account list",
                           "service-account get",
                           "service-account disable",
                           "service-account enable",
                           "service-account delete",
                           "api-key create",
                           "api-key list",
                           "api-key rotate",
                           "api-key revoke",
                           "token issue"}) {
    std::vector<std::string> command = absl::StrSplit(line, ' ');
    command.push_back("--help");
    const Ran ran = Signet(command);
    EXPECT_EQ(ran.code, ExitCode::kOk) << command[0];
    EXPECT_THAT(ran.out, AllOf(HasSubstr("Examples:\n"), HasSubstr("  signet " + command[0])))
        << command[0];
  }
  EXPECT_THAT(Signet({"--help"}).out, HasSubstr("Exit codes: 0 done, 1 refused"));
}

TEST_F(CliTest, AWrongLineIsUsage) {
  EXPECT_EQ(Signet({}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"dance"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"login"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"status", "--timeout", "soon"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"status", "--cert", "a.pem"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"status", "--plaintext", "--ca", "a.pem"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"status", "--ca", "/does/not/exist"}).code, ExitCode::kUsage);
  const Ran ran = Signet({"--json", "dance"});
  EXPECT_THAT(ran.err, HasSubstr("{\"error\":{\"code\":\"INVALID_ARGUMENT\",\"reason\":\"USAGE\""));
  EXPECT_THAT(ran.out, IsEmpty());
}

TEST_F(CliTest, NoServerIsUnavailableAndSaysWhatToLookAt) {
  const Ran ran = Signet({"status", "--timeout", "1s"});
  EXPECT_EQ(ran.code, ExitCode::kUnavailable);
  EXPECT_THAT(ran.err, HasSubstr("is signetd running"));
}

TEST_F(CliTest, WithoutASessionSaysHowToGetOne) {
  for (const char* command : {"whoami", "validate", "refresh", "sessions", "lineage"}) {
    const Ran ran = Signet({command});
    EXPECT_EQ(ran.code, ExitCode::kNegative) << command;
    EXPECT_THAT(ran.err, HasSubstr("log in first: signet login EMAIL")) << command;
  }
}

TEST_F(CliTest, NeverTakesAPasswordAsAnArgument) {
  EXPECT_EQ(Signet({"login", "alice@example.com", "secret"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"login", "alice@example.com", "--password", "secret"}).code, ExitCode::kUsage);
}

TEST_F(CliTest, VerifiesOfflineWithTheExitCodeOfTheAnswer) {
  const std::string jwks = directory_.path() + "/jwks.json";
  std::ofstream(jwks) << token::SetOf("k", token::TestKey()).jwks_json();
  const std::string good = token::SignClaims(token::TestKey(), "k", token::SomeClaims());
  const std::vector<std::string> verify = {
      "--json",     "token", "verify", "--jwks", jwks, "--issuer", "https://id.example.com",
      "--audience", "api"};
  const auto with = [&](std::vector<std::string> more) {
    more.insert(more.begin(), verify.begin(), verify.end());
    return more;
  };
  EXPECT_EQ(Signet(with({good})).code, ExitCode::kOk);
  EXPECT_EQ(Signet(with({}), good + "\n").code, ExitCode::kOk);
  EXPECT_EQ(Signet(with({good, "--now", "1970-01-02T00:00:00Z"})).code, ExitCode::kNegative);
  EXPECT_EQ(Signet(with({"--stream"}), "{\"id\":1,\"token\":\"x\"}\n").code, ExitCode::kOk);
  EXPECT_EQ(Signet(with({"--stream"}), "?\n").code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"token", "verify", "--jwks", jwks, good}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"token", "verify", "--jwks", jwks, "--jws", good}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"token", "verify", "--jwks", "/none", "--jws", good}).code, ExitCode::kUsage);
}

TEST_F(CliTest, DecodingWarnsThatNothingWasVerifiedAndPrintsNoControlCharacters) {
  auto claims = token::SomeClaims();
  claims.subject =
      "a\xC2\x9B"
      "2Jb";  // CSI, as one character: would clear the screen
  const Ran ran = Signet({"token", "decode", token::SignClaims(token::TestKey(), "k", claims)});
  EXPECT_EQ(ran.code, ExitCode::kOk);
  EXPECT_THAT(ran.err, HasSubstr("NOT VERIFIED"));
  EXPECT_THAT(ran.out, HasSubstr("a?2Jb"));
  EXPECT_THAT(ran.out, Not(HasSubstr("\xC2\x9B")));
}

TEST_F(CliWithServerTest, TellsWhatServes) {
  const Ran ran = Signet({"--json", "status"});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"signet.v1.KeyService\":\"SERVING\""));
  EXPECT_THAT(ran.out, HasSubstr("\"session\":null"));
}

TEST_F(CliWithServerTest, RegistersAndSaysWhyNot) {
  const Descriptor good("correct horse\n");
  EXPECT_EQ(Signet({"register", "a@b.example", "--password-fd", good.number()}).code,
            ExitCode::kOk);
  const Descriptor bad("short\n");
  const Ran ran = Signet({"register", "a@b.example", "--password-fd", bad.number()});
  EXPECT_EQ(ran.code, ExitCode::kNegative);
  EXPECT_THAT(ran.err, HasSubstr("password: too short (FIELD_INVALID)"));
}

//
TEST_F(CliWithServerTest, KeepsTheSessionFromLoginToLogout) {
  const Ran login = LogIn();
  ASSERT_EQ(login.code, ExitCode::kOk) << login.err;
  EXPECT_THAT(login.out, Not(HasSubstr("sgr_")));
  EXPECT_EQ(Signet({"--field", "email", "whoami"}).out, "alice@example.com\n");
  EXPECT_THAT(Signet({"status"}).out, HasSubstr("alice@example.com"));
  EXPECT_EQ(Signet({"validate"}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"logout"}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kNegative);
}

TEST_F(CliWithServerTest, PrintsTokensOnlyWhenAskedAndThenKeepsNone) {
  const Ran ran = LogIn({"--field", "tokens.refresh_token", "--print-tokens"});
  EXPECT_EQ(ran.out, "sgr_0\n");
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kNegative);
  EXPECT_EQ(LogIn({"--print-tokens", "--field", "nothing"}).code, ExitCode::kUsage);
}

TEST_F(CliWithServerTest, RefusalsAndOverloadHaveTheirExitCodes) {
  EXPECT_EQ(LogIn({}, "wrong").code, ExitCode::kNegative);
  const Ran busy = LogIn({"--json"}, "busy");
  EXPECT_EQ(busy.code, ExitCode::kUnavailable);
  EXPECT_THAT(busy.err, HasSubstr("\"retry_after_ms\":2000"));
}

TEST_F(CliWithServerTest, RefreshesBeforeTheAccessTokenExpires) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  clock_.Advance(absl::Seconds(869));
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kOk);
  EXPECT_EQ(server_.accounts.refreshes, 0);
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kOk);
  EXPECT_EQ(server_.accounts.refreshes, 1);
  EXPECT_EQ(Signet({"refresh"}).code, ExitCode::kOk);
  EXPECT_EQ(server_.accounts.refreshes, 2);
}

TEST_F(CliWithServerTest, CommandsAtTheSameTimeRefreshOnce) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  clock_.Advance(absl::Seconds(880));
  std::vector<std::thread> commands;
  for (int i = 0; i < 8; ++i) {
    commands.emplace_back([&] { EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kOk); });
  }
  for (std::thread& command : commands) command.join();
  EXPECT_EQ(server_.accounts.refreshes, 1);
}

TEST_F(CliWithServerTest, ForgetsASessionThatOnlyALoginCanReplace) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  server_.accounts.refreshes = 7;  // somebody else used the refresh token
  const Ran ran = Signet({"refresh"});
  EXPECT_EQ(ran.code, ExitCode::kNegative);
  EXPECT_THAT(ran.err, HasSubstr("REFRESH_TOKEN_REUSED"));
  EXPECT_THAT(Signet({"refresh"}).err, HasSubstr("NOT_LOGGED_IN"));
}

TEST_F(CliWithServerTest, LogoutOfADeadSessionStillForgetsIt) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  server_.accounts.ended = true;
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kNegative);
  EXPECT_EQ(Signet({"logout"}).code, ExitCode::kOk);
  EXPECT_THAT(Signet({"whoami"}).err, HasSubstr("NOT_LOGGED_IN"));
}

TEST_F(CliWithServerTest, ExplicitTokensComeFromFilesAndDescriptors) {
  const Descriptor refresh("sgr_0\n");
  const Ran ran = Signet({"--json", "refresh", "--token-fd", refresh.number()});
  EXPECT_THAT(ran.out, HasSubstr("\"refresh_token\":\"sgr_1\""));
  EXPECT_EQ(Signet({"validate", "--audience", "api", "eyJ"}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"validate", "--audience", "other", "-"}, "eyJ").code, ExitCode::kNegative);
  EXPECT_EQ(Signet({"validate", "eyJ"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"refresh", "sgr_1"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"token", "revoke"}).code, ExitCode::kUsage);
  const Descriptor dead("sgr_0");
  EXPECT_EQ(Signet({"token", "revoke", "--token-fd", dead.number()}).code, ExitCode::kOk);
}

TEST_F(CliWithServerTest, ShowsSessionsOfEveryPageAndTheirLineage) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  const Ran sessions = Signet({"sessions"});
  EXPECT_THAT(sessions.out, HasSubstr("session-1"));
  EXPECT_THAT(sessions.out, HasSubstr("session-2"));
  const Ran lineage = Signet({"lineage", "show", "session-2"});
  EXPECT_THAT(lineage.out, HasSubstr("KIND_OPENED"));
  EXPECT_THAT(lineage.err, HasSubstr("SESSION_END_REASON_LOGOUT"));
  EXPECT_EQ(Signet({"lineage"}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"sessions", "terminate", "session-2"}).code, ExitCode::kOk);
  EXPECT_THAT(Signet({"sessions", "terminate", "none"}).err, HasSubstr("signet sessions list"));
}

TEST_F(CliWithServerTest, RevokesEverybodysTokensOnlyWhenThatIsSaid) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  EXPECT_EQ(Signet({"token", "revoke-all"}).code, ExitCode::kUsage);
  const Ran done = Signet({"token", "revoke-all", "--yes"});
  EXPECT_EQ(done.code, ExitCode::kOk);
  EXPECT_THAT(done.out, HasSubstr("7"));
}

TEST_F(CliWithServerTest, DrivesTheKeysAndSaysWhenForceIsWanted) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  EXPECT_THAT(Signet({"keys", "list"}).out, HasSubstr("2026-11-a"));
  EXPECT_THAT(Signet({"keys", "verifiers"}).out, HasSubstr("gateway/1"));
  EXPECT_THAT(Signet({"keys", "prepare", "--algorithm", "EdDSA"}).out, HasSubstr("EdDSA"));
  const Ran fresh = Signet({"keys", "activate", "2026-11-b"});
  EXPECT_EQ(fresh.code, ExitCode::kNegative);
  EXPECT_THAT(fresh.err, HasSubstr("--force"));
  EXPECT_EQ(Signet({"keys", "activate", "2026-11-b", "--force"}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"keys", "taint", "2026-11-a"}).code, ExitCode::kOk);
  EXPECT_EQ(Signet({"keys", "retire", "2026-11-a"}).code, ExitCode::kOk);
}

//
TEST_F(CliWithServerTest, AnEmergencyRotationAsksFirstAndTellsWhatItDid) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  EXPECT_EQ(Signet({"keys", "rotate"}).code, ExitCode::kUsage);
  const Ran unasked = Signet({"keys", "rotate", "--emergency"});
  EXPECT_EQ(unasked.code, ExitCode::kUsage);
  EXPECT_THAT(unasked.err, HasSubstr("2026-11-a"));
  const Ran done = Signet({"--json", "keys", "rotate", "--emergency", "--yes"});
  EXPECT_EQ(done.code, ExitCode::kOk) << done.err;
  EXPECT_THAT(done.err, HasSubstr("2026-11-a is refused everywhere"));
  EXPECT_THAT(done.out, HasSubstr("\"tainted\":[{"));
}

TEST_F(CliWithServerTest, NamesTheMissingPermission) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  const Descriptor token("eyJ");
  const Ran ran = Signet({"token", "explain", "--token-fd", token.number()});
  EXPECT_EQ(ran.code, ExitCode::kNegative);
  EXPECT_THAT(ran.err, HasSubstr("tokens.explain"));
}

TEST_F(CliWithServerTest, ChangesThePasswordWithTwoDescriptors) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  const Descriptor both("old password\nnew password\n");
  EXPECT_EQ(
      Signet({"password", "--password-fd", both.number(), "--new-password-fd", both.number()}).code,
      ExitCode::kOk);
  EXPECT_THAT(Signet({"--json", "logout", "--all"}).out, HasSubstr("\"ended_sessions\":\"3\""));
}

// the new token serves the next commands; the refresh token stays.
TEST_F(CliWithServerTest, StepsUpAndKeepsTheNewToken) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  const Descriptor wrong("wrong\n");
  EXPECT_THAT(Signet({"step-up", "--password-fd", wrong.number()}).err, HasSubstr("the password"));
  const Descriptor right("correct horse\n");
  const Ran ran = Signet({"--json", "step-up", "--password-fd", right.number()});
  EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
  EXPECT_THAT(ran.out, HasSubstr("\"acr\":\"1\""));
  clock_.Advance(absl::Seconds(400));
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kOk);
  EXPECT_EQ(server_.accounts.refreshes, 0);
  clock_.Advance(absl::Seconds(100));  // the new token's own life is over
  EXPECT_EQ(Signet({"whoami"}).code, ExitCode::kOk);
  EXPECT_EQ(server_.accounts.refreshes, 1);
}

// asked for where the account has one; by whichever of the two kinds.
TEST_F(CliWithServerTest, LogsInWithTheSecondFactor) {
  for (const char* code : {"123456", "123 456", "AAAA-BBBB-CCCC"}) {
    const Descriptor both(absl::StrCat("any password\n", code, "\n"));
    const Ran ran = Signet({"--json", "login", "factor@example.com", "--password-fd", both.number(),
                            "--code-fd", both.number()});
    EXPECT_EQ(ran.code, ExitCode::kOk) << ran.err;
    EXPECT_THAT(ran.out, HasSubstr("\"user_id\":\"user-2\""));
  }
  const Descriptor wrong("any password\n654321\n");
  const Ran ran = Signet({"login", "factor@example.com", "--password-fd", wrong.number(),
                          "--code-fd", wrong.number()});
  EXPECT_EQ(ran.code, ExitCode::kNegative);
  EXPECT_THAT(ran.err, HasSubstr("each counts once"));
}

TEST_F(CliWithServerTest, SetsUpTheSecondFactorWithAPicture) {
  ASSERT_EQ(LogIn().code, ExitCode::kOk);
  const Ran shown = Signet({"--field", "secret", "mfa", "enroll"});
  EXPECT_EQ(shown.code, ExitCode::kOk) << shown.err;
  EXPECT_EQ(shown.out, "MZXW6YTBOI\n");
  EXPECT_THAT(shown.err, HasSubstr("\033[30;107m"));
  const std::string picture = directory_.path() + "/factor.svg";
  EXPECT_EQ(Signet({"mfa", "enroll", "--qr", "svg"}).code, ExitCode::kUsage);
  ASSERT_EQ(Signet({"mfa", "enroll", "--qr", "svg", "--out", picture}).code, ExitCode::kOk);
  std::stringstream drawn;
  drawn << std::ifstream(picture).rdbuf();
  EXPECT_THAT(drawn.str(), HasSubstr("<svg "));
  const Descriptor code("123456\n");
  EXPECT_THAT(Signet({"mfa", "confirm", "--code-fd", code.number()}).out,
              HasSubstr("AAAA-BBBB-CCCC"));
  EXPECT_EQ(Signet({"--field", "recovery_codes_left", "mfa", "status"}).out, "10\n");
  const Descriptor both("correct horse\n123456\n");
  EXPECT_EQ(Signet({"step-up", "--password-fd", both.number(), "--code-fd", both.number()}).code,
            ExitCode::kOk);
  EXPECT_EQ(Signet({"mfa", "recovery-codes"}).code, ExitCode::kUsage);
  EXPECT_THAT(Signet({"mfa", "recovery-codes", "--yes"}).out, HasSubstr("DDDD-EEEE-FFFF"));
  EXPECT_EQ(Signet({"mfa", "disable"}).code, ExitCode::kUsage);
  EXPECT_EQ(Signet({"mfa", "disable", "--yes"}).code, ExitCode::kOk);
}

}  // namespace
}  // namespace signet::cli
