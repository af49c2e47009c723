// mail between two servers, a real SMTP server, and what that does wrong. Nothing is lost,
// and nothing that the SMTP server answered for is sent again.

#include <fstream>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/faults/deployment.h"
#include "tests/harness/program.h"
#include "tests/harness/scrape.h"

namespace signet::tests {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr absl::Duration kPatience = absl::Seconds(90);

class MailTest : public testing::Test {
 protected:
  ServerProcess::Settings Settings(const ServerProcess::Settings& more = {}) const {
    ServerProcess::Settings settings = more;
    settings.emplace("mail.smtp_url", absl::StrCat("smtp://127.0.0.1:", port_));
    settings.emplace("mail.tls", "none");
    settings.emplace("mail.from", "no-reply@example.com");
    settings.emplace("mail.link_base", "https://id.example.com");
    settings.emplace("mail.poll", "20ms");
    settings.emplace("mail.retry", "100ms");
    settings.emplace("mail.timeout", "2s");
    return settings;
  }

  void StartSmtp(std::vector<std::string> tls = {}) {
    Command command;
    command.arguments = {"/usr/bin/python3", SIGNET_SMTP_SERVER, absl::StrCat(port_),
                         folder_.path()};
    command.arguments.insert(command.arguments.end(), tls.begin(), tls.end());
    smtp_.emplace(command, folder_.File("smtp.log"));
    ASSERT_TRUE(smtp_->AwaitOutput("listening")) << smtp_->output();
  }
  void Mode(const std::string& mode) const { std::ofstream(folder_.File("mode")) << mode; }

  // "<message id> <recipient>" of every mail that the server answered for.
  std::vector<std::string> Taken() const {
    std::vector<std::string> lines =
        absl::StrSplit(ReadFile(folder_.File("taken")), '\n', absl::SkipEmpty());
    return lines;
  }
  bool AwaitTaken(size_t count) const {
    return Eventually(kPatience, [&] { return Taken().size() >= count; });
  }
  static void Register(Deployment& deployment, const std::string& name, size_t client = 0) {
    const auto reply = deployment.client(client).Register(name + "@example.com", kPassword);
    EXPECT_TRUE(reply.ok()) << reply.status.error_message();
  }
  static int64_t Waiting(const Deployment& deployment) {
    return deployment.Number("SELECT count(*) FROM signet.mail_outbox WHERE given_up_at IS NULL");
  }
  static double Told(Deployment& deployment, const std::string& outcome) {
    return Metric(deployment.server(0).http_port(),
                  absl::StrCat("signet_mails_total{outcome=\"", outcome, "\"}"));
  }

  const int port_ = FreePort();
  const ScratchDirectory folder_;
  std::optional<BackgroundProgram> smtp_;
};

TEST_F(MailTest, TwoServersSendEachOfManyMailsOnce) {
  constexpr int kMails = 200;
  Deployment two(2, Settings({{"mail.workers", "4"}}));
  for (int i = 0; i < kMails; ++i) Register(two, absl::StrCat("p", i), static_cast<size_t>(i % 2));
  EXPECT_EQ(Waiting(two), kMails);  // the SMTP server is not there yet
  StartSmtp();
  ASSERT_TRUE(Eventually(kPatience, [&] { return Waiting(two) == 0; }));
  const auto taken = Taken();
  EXPECT_THAT(taken, SizeIs(kMails));
  EXPECT_THAT(std::set<std::string>(taken.begin(), taken.end()), SizeIs(kMails));
  EXPECT_EQ(two.Number("SELECT count(*) FROM signet.mail_outbox"), 0);
}

TEST_F(MailTest, NothingIsLostWhileTheServerIsDownPutsOffIsSlowOrCutsOff) {
  Deployment one(1, Settings());
  Register(one, "down");
  ASSERT_TRUE(Eventually(kPatience, [&] { return Told(one, "failed") > 0; }));
  Mode("later");
  StartSmtp();
  for (const char* mode : {"later", "slow", "cut"}) {
    Mode(mode);
    const double before = Told(one, "failed");
    Register(one, mode);
    ASSERT_TRUE(Eventually(kPatience, [&] { return Told(one, "failed") > before + 1; })) << mode;
  }
  EXPECT_THAT(Taken(), IsEmpty());
  EXPECT_EQ(Waiting(one), 4);
  Mode("ok");
  ASSERT_TRUE(Eventually(kPatience, [&] { return Waiting(one) == 0; }));
  const auto taken = Taken();
  EXPECT_THAT(taken, SizeIs(4));
  EXPECT_THAT(std::set<std::string>(taken.begin(), taken.end()), SizeIs(4));
  EXPECT_EQ(Told(one, "sent"), 4);
  EXPECT_EQ(Told(one, "given_up"), 0);
}

TEST_F(MailTest, WhatIsRefusedForGoodIsGivenUpVisiblyAndWithoutItsSecrets) {
  Mode("never");
  StartSmtp();
  Deployment one(1, Settings());
  Register(one, "nobody");
  ASSERT_TRUE(Eventually(kPatience, [&] { return Told(one, "given_up") == 1; }));
  ASSERT_TRUE(Eventually(kPatience, [&] { return Waiting(one) == 0; }));
  EXPECT_EQ(
      Sql(one.database(), "SELECT last_failure, attempts, length(sealed) FROM signet.mail_outbox"),
      "SMTP 550 to the recipient|1|0\n");
  EXPECT_THAT(one.server(0).log(), HasSubstr("\"msg\":\"mail given up\""));
}

// The lease of a dead process is taken over; the mail it held is sent, by the other one.
TEST_F(MailTest, AProcessThatIsKilledWhileItSendsLosesNothing) {
  Mode("slow");
  StartSmtp();
  Deployment two(2, Settings({{"mail.timeout", "20s"}, {"mail.workers", "1"}}));
  two.server(1).Terminate();
  Register(two, "held");
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return two.Number("SELECT count(*) FROM signet.mail_outbox WHERE attempts = 1") == 1;
  }));
  two.server(0).Kill();
  Mode("ok");
  two.server(1).Start();
  EXPECT_THAT(Taken(), IsEmpty());
  // Its lease would be over in two minutes.
  Sql(two.database(), "UPDATE signet.mail_outbox SET due_at = now()");
  ASSERT_TRUE(AwaitTaken(1));
  ASSERT_TRUE(Eventually(kPatience, [&] { return Waiting(two) == 0; }));
  EXPECT_THAT(Taken(), SizeIs(1));
}

// A man in the middle who takes STARTTLS out of the server's answer gets no mail and no password.
TEST_F(MailTest, WithoutTlsNothingIsSentWhereTlsIsRequired) {
  StartSmtp();
  Deployment one(1, Settings({{"mail.tls", "required"}}));
  Register(one, "ada");
  ASSERT_TRUE(Eventually(kPatience, [&] { return Told(one, "failed") > 0; }));
  EXPECT_THAT(Taken(), IsEmpty());
  EXPECT_THAT(one.server(0).log(), HasSubstr("the mail server offers no TLS"));
}

TEST_F(MailTest, LogsInOverStartTlsToAServerThatItsAuthorityVouchesFor) {
  const std::string certificate = folder_.File("tls.crt");
  const std::string key = folder_.File("tls.key");
  const auto made =
      RunProgram({.arguments = {"/usr/bin/openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt",
                                "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                                "/CN=127.0.0.1", "-addext", "subjectAltName=IP:127.0.0.1",
                                "-keyout", key, "-out", certificate}});
  ASSERT_EQ(made.exit_code, 0) << made.err;
  StartSmtp({"--tls", certificate, key, "signet", "hunter2-mail"});
  const ServerProcess::Settings trusted = {{"mail.tls", "required"},
                                           {"mail.tls_ca", certificate},
                                           {"mail.username", "signet"},
                                           {"mail.password", "hunter2-mail"}};
  Deployment one(1, Settings(trusted));
  Register(one, "ada");
  ASSERT_TRUE(AwaitTaken(1));
  EXPECT_THAT(Taken()[0], HasSubstr("ada@example.com"));
  EXPECT_THAT(ReadFile(folder_.File("last.eml")), HasSubstr("multipart/alternative"));

  ServerProcess::Settings stranger = trusted;
  stranger.erase("mail.tls_ca");
  Deployment other(1, Settings(stranger));
  Register(other, "bob");
  ASSERT_TRUE(Eventually(kPatience, [&] { return Told(other, "failed") > 0; }));
  EXPECT_THAT(other.server(0).log(), HasSubstr("no TLS connection that can be trusted"));
  EXPECT_THAT(other.server(0).log(), testing::Not(HasSubstr("hunter2")));
  EXPECT_THAT(Taken(), SizeIs(1));
}

}  // namespace
}  // namespace signet::tests
