// `signetd doctor` over a real PostgreSQL and a real server. Each test breaks one thing and
// sees that one check say so, and no other. Here what is of the machine; doctor_database_test.cc
// has the rest.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/doctor_fixture.h"

namespace signet::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(Doctor, AHealthyDeploymentIsWellAndNothingIsWrittenAndNoSecretShown) {
  const std::string before = RowsOf(database_);
  const Report still = Examine();
  EXPECT_EQ(still.exit_code, 0) << still.text;
  EXPECT_THAT(still.Unwell(), IsEmpty()) << still.text;
  EXPECT_THAT(still.verdicts, SizeIs(kChecks));
  EXPECT_EQ(still.verdicts.at("grpc-port"), "skipped");
  EXPECT_TRUE(RowsOf(database_) == before);

  server_.Start();
  const Report serving = Examine({"--strict"});
  EXPECT_EQ(serving.exit_code, 0) << serving.text;
  EXPECT_THAT(serving.Unwell(), IsEmpty()) << serving.text;
  for (const char* check : {"configuration", "clock", "grpc-port", "http-port", "database",
                            "rights", "migrations", "keys", "audit", "files", "memory"}) {
    EXPECT_EQ(serving.verdicts.at(check), "ok") << check << " " << serving.text;
  }
  EXPECT_THAT(serving.text, Not(HasSubstr("5f1d6c0a")));  // the key-encryption key
}

TEST_F(Doctor, ForPeopleThereIsATable) {
  const ProgramResult result = server_.RunCommand({"doctor"});
  EXPECT_EQ(result.exit_code, 0);
  EXPECT_THAT(result.out, HasSubstr("\nclock          ok       this machine is "));
  EXPECT_THAT(result.out, HasSubstr(" 0 failed, "));
  EXPECT_THAT(result.out, Not(HasSubstr("\x1b")));  // nobody's terminal
  EXPECT_EQ(server_.RunCommand({"doctor", "--nonsense"}).exit_code, 2);
}

TEST_F(Doctor, AConfigurationThatIsNotValidIsAFailureAndTheRestIsSkipped) {
  const Report report = Examine({"--log.level=loud"});
  EXPECT_EQ(report.exit_code, 1);
  EXPECT_THAT(report.Unwell(), ElementsAre("configuration=fail"));
  EXPECT_THAT(report.seen.at("configuration"), HasSubstr("log.level"));
  EXPECT_THAT(report.verdicts, SizeIs(kChecks));
}

TEST_F(Doctor, AClockThatIsWrong) {
  const Report ahead =
      Examine({}, {{"LD_PRELOAD", "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1"},
                   {"FAKETIME", "+90s"},
                   {"ASAN_OPTIONS", "verify_asan_link_order=0"}});  // it wants to be the first
  EXPECT_EQ(ahead.exit_code, 1);
  EXPECT_THAT(ahead.Unwell(), ElementsAre("clock=fail")) << ahead.text;
  EXPECT_THAT(ahead.seen.at("clock"), HasSubstr("ms ahead of the database"));

  // Another process's, by what it wrote.
  Sql(database_, "UPDATE signet.audit_head SET sealed_at = now() + interval '3 seconds'");
  const Report other = Examine();
  EXPECT_EQ(other.exit_code, 0);
  EXPECT_THAT(other.Unwell(), ElementsAre("clock=warn")) << other.text;
}

TEST_F(Doctor, ACertificateThatHasEndedOrSoonWill) {
  const Report ended = Examine(WithTls(MakeCertificate("ended", "-30d", 10)));
  EXPECT_EQ(ended.exit_code, 1);
  EXPECT_THAT(ended.Unwell(), ElementsAre("certificate=fail")) << ended.text;
  EXPECT_THAT(ended.seen.at("certificate"), HasSubstr("ended 2"));

  const Report soon = Examine(WithTls(MakeCertificate("soon", "-1d", 10)));
  EXPECT_EQ(soon.exit_code, 0);
  EXPECT_THAT(soon.Unwell(), ElementsAre("certificate=warn")) << soon.text;
  EXPECT_THAT(Examine(WithTls(MakeCertificate("very-soon", "-8d", 10))).Unwell(),
              ElementsAre("certificate=fail"));
  EXPECT_THAT(Examine(WithTls(MakeCertificate("early", "+2d", 90))).Unwell(),
              ElementsAre("certificate=fail"));
}

TEST_F(Doctor, ACertificateOfAnotherKeyOrName) {
  const std::string good = MakeCertificate("good", "+0s", 90);
  EXPECT_THAT(Examine(WithTls(good)).Unwell(), IsEmpty());
  const std::string other = MakeCertificate("other", "+0s", 90, "other.test.example");
  EXPECT_THAT(
      Examine({"--listen.tls_certificate=" + good + ".pem", "--listen.tls_key=" + other + ".key"})
          .Unwell(),
      ElementsAre("certificate=fail"));
  EXPECT_THAT(Examine(WithTls(other)).Unwell(), ElementsAre("certificate=warn"));
  // A chain whose second is not the first's issuer.
  const std::string mixed =
      scratch_.Write("mixed.pem", ReadFile(good + ".pem") + ReadFile(other + ".pem"));
  EXPECT_THAT(
      Examine({"--listen.tls_certificate=" + mixed, "--listen.tls_key=" + good + ".key"}).Unwell(),
      ElementsAre("certificate=fail"));
}

TEST_F(Doctor, TlsThatAServerShowsAndTheWayThroughAProxy) {
  const std::string good = MakeCertificate("good", "+0s", 90);
  ServerProcess tls(database_,
                    {{"listen.tls_certificate", good + ".pem"}, {"listen.tls_key", good + ".key"}});
  tls.Start();
  const auto examine = [&](std::vector<std::string> more) {
    more.insert(more.begin(), {"doctor", "--json"});
    return ReadReport(tls.RunCommand(more));
  };
  const std::string ca = absl::StrCat("--through-ca=", good, ".pem");
  const std::string grpc = absl::StrCat("--through=localhost:", tls.grpc_port());
  const Report well = examine({grpc, ca});
  EXPECT_THAT(well.Unwell(), IsEmpty()) << well.text;
  for (const char* check : {"certificate", "grpc-port", "http-port", "through"}) {
    EXPECT_EQ(well.verdicts.at(check), "ok") << check;
  }
  EXPECT_THAT(well.seen.at("grpc-port"),
              AllOf(HasSubstr("HTTP/2"), HasSubstr("TLS 1.1 is refused")));

  // What speaks HTTP/1.1 alone: the HTTP port, as a proxy would that was not told of HTTP/2.
  const Report old = examine({absl::StrCat("--through=localhost:", tls.http_port()), ca});
  EXPECT_EQ(old.exit_code, 1);
  EXPECT_THAT(old.Unwell(), ElementsAre("through=fail")) << old.text;
  EXPECT_THAT(old.seen.at("through"), HasSubstr("does not offer HTTP/2"));
  // A name that is not the certificate's, an authority that is not trusted, nobody.
  EXPECT_THAT(examine({grpc}).Unwell(), ElementsAre("through=fail"));
  EXPECT_THAT(examine({absl::StrCat("--through=127.0.0.2:", tls.grpc_port()), ca}).Unwell(),
              ElementsAre("through=fail"));
  EXPECT_THAT(examine({absl::StrCat("--through=localhost:", FreePort()), ca}).Unwell(),
              ElementsAre("through=fail"));

  // The files were replaced by another certificate than the server shows.
  const std::string other = MakeCertificate("other", "+0s", 90);
  std::vector<std::string> replaced = WithTls(other);
  EXPECT_THAT(examine(replaced).Unwell(), UnorderedElementsAre("grpc-port=fail", "http-port=fail"));
}

TEST_F(Doctor, APathWithoutTlsThatCarriesNoHttp2) {
  server_.Start();
  const std::string plain = "--through-plaintext";
  EXPECT_THAT(Examine({absl::StrCat("--through=", server_.grpc_address()), plain}).Unwell(),
              IsEmpty());
  const Report old = Examine({absl::StrCat("--through=127.0.0.1:", server_.http_port()), plain});
  EXPECT_THAT(old.Unwell(), ElementsAre("through=fail")) << old.text;
}

TEST_F(Doctor, PortsThatOthersReachWithoutTlsOrAProxy) {
  const std::vector<std::string> open = {"--listen.grpc=0.0.0.0:0", "--listen.http=0.0.0.0:0",
                                         "--listen.plaintext=true"};
  const Report report = Examine(open);
  EXPECT_EQ(report.exit_code, 0);
  EXPECT_THAT(report.Unwell(), UnorderedElementsAre("certificate=warn", "edge=warn"))
      << report.text;
  std::vector<std::string> strict = open;
  strict.push_back("--strict");
  EXPECT_EQ(Examine(strict).exit_code, 1);
}

}  // namespace
}  // namespace signet::tests
