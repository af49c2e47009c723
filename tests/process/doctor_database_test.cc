// what `signetd doctor` finds in the database, each broken once.

#include <string>
#include <vector>

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/process/doctor_fixture.h"

namespace signet::tests {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

TEST_F(Doctor, MigrationsThatAreMissingChangedOrNewer) {
  Sql(database_, "UPDATE public.signet_migrations SET checksum = 'x' WHERE version = 3");
  const Report changed = Examine();
  EXPECT_THAT(changed.Unwell(), ElementsAre("migrations=fail")) << changed.text;
  EXPECT_THAT(changed.seen.at("migrations"), HasSubstr("0003_mail_outbox was applied with other"));

  Sql(database_, "DELETE FROM public.signet_migrations WHERE version = 3");
  const Report missing = Examine();
  EXPECT_THAT(missing.Unwell(), ElementsAre("migrations=fail")) << missing.text;
  EXPECT_THAT(missing.seen.at("migrations"), HasSubstr("0003_mail_outbox is not applied"));
  Sql(database_, "REVOKE SELECT ON public.signet_migrations FROM signet_service");
  EXPECT_THAT(Examine().Unwell(), ElementsAre("migrations=fail"));
}

TEST_F(Doctor, AMigrationThatThisProgramDoesNotKnow) {
  Sql(database_,
      "INSERT INTO public.signet_migrations (version, name, checksum)"
      " VALUES (9000, 'later', 'x')");
  const Report newer = Examine();
  EXPECT_EQ(newer.exit_code, 0);
  EXPECT_THAT(newer.Unwell(), ElementsAre("migrations=warn")) << newer.text;
}

//
TEST_F(Doctor, RightsThatAreTooWideOrMissing) {
  Sql(database_, "GRANT UPDATE ON signet.audit_events TO signet_service");
  const Report wide = Examine();
  EXPECT_EQ(wide.exit_code, 1);
  EXPECT_THAT(wide.Unwell(), ElementsAre("rights=fail")) << wide.text;
  EXPECT_THAT(wide.seen.at("rights"), HasSubstr("may also UPDATE on audit_events"));
  Sql(database_, "REVOKE UPDATE ON signet.audit_events FROM signet_service");
  EXPECT_THAT(Examine().Unwell(), IsEmpty());

  Sql(database_, "GRANT DELETE ON signet.users TO PUBLIC");
  EXPECT_THAT(Examine().Unwell(), ElementsAre("rights=fail"));
  Sql(database_, "REVOKE DELETE ON signet.users FROM PUBLIC");
  Sql(database_, "GRANT CREATE ON SCHEMA signet TO signet_service");
  EXPECT_THAT(Examine().seen.at("rights"), HasSubstr("CREATE on schema signet"));
  Sql(database_, "REVOKE CREATE ON SCHEMA signet FROM signet_service");

  Sql(database_, "REVOKE INSERT ON signet.email_tokens FROM signet_service");
  const Report narrow = Examine();
  EXPECT_THAT(narrow.Unwell(), ElementsAre("rights=fail")) << narrow.text;
  EXPECT_THAT(narrow.seen.at("rights"), HasSubstr("may not INSERT on email_tokens"));
}

TEST_F(Doctor, TheOwnerIsNotTheService) {
  const Report report = Examine({"--database.url=" + database_.owner_conninfo()});
  EXPECT_THAT(report.Unwell(), ElementsAre("rights=fail")) << report.text;
  EXPECT_THAT(report.seen.at("rights"), HasSubstr("has SUPERUSER"));  // the cluster's owner is
}

TEST_F(Doctor, KeysThatAreOldGoneOrSealedByAnother) {
  const Report other = Examine({}, {{"SIGNET_KEYS_KEK", std::string(64, '7')}});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.Unwell(), ElementsAre("keys=fail")) << other.text;

  Sql(database_, "UPDATE signet.signing_keys SET activated_at = now() - interval '92 days'");
  EXPECT_THAT(Examine().Unwell(), ElementsAre("keys=warn"));
  Sql(database_, "UPDATE signet.signing_keys SET activated_at = now() - interval '130 days'");
  const Report overdue = Examine();
  EXPECT_THAT(overdue.Unwell(), ElementsAre("keys=fail")) << overdue.text;
  EXPECT_THAT(overdue.seen.at("keys"), HasSubstr("overdue"));
  Sql(database_, "UPDATE signet.signing_keys SET state = 4, activated_at = now()");
  const Report gone = Examine();
  EXPECT_THAT(gone.Unwell(), ElementsAre("keys=fail"));
  EXPECT_THAT(gone.seen.at("keys"), HasSubstr("no key signs"));
}

TEST_F(Doctor, AnEventThatIsNotSealed) {
  const auto add = [&](const std::string& age) {
    Sql(database_,
        "INSERT INTO signet.audit_events (id, at, action, outcome, content, leaf_hash) VALUES"
        " (gen_random_uuid(), now() - interval '" +
            age + "', 1, 1, '', decode(repeat('00', 32), 'hex'))");
  };
  add("90 seconds");
  EXPECT_THAT(Examine().Unwell(), ElementsAre("audit=warn"));
  Sql(database_, "UPDATE signet.audit_head SET tx = pg_current_xact_id()");
  EXPECT_THAT(Examine().Unwell(), IsEmpty());
  add("10 minutes");
  const Report late = Examine();
  EXPECT_THAT(late.Unwell(), ElementsAre("audit=fail")) << late.text;
}

TEST_F(Doctor, MailThatIsStuck) {
  const std::vector<std::string> configured = {"--mail.folder=" + scratch_.path(),
                                               "--mail.from=signet@test.example",
                                               "--mail.link_base=https://id.test.example"};
  EXPECT_THAT(Examine(configured).Unwell(), IsEmpty());
  Sql(database_,
      "INSERT INTO signet.mail_outbox (user_id, id, kind, sealed, created_at, due_at) VALUES"
      " (gen_random_uuid(), gen_random_uuid(), 1, '', now() - interval '20 minutes', now())");
  EXPECT_THAT(Examine(configured).Unwell(), ElementsAre("mail=warn"));
  Sql(database_, "UPDATE signet.mail_outbox SET created_at = now() - interval '7 hours'");
  EXPECT_THAT(Examine(configured).Unwell(), ElementsAre("mail=fail"));
  Sql(database_, "UPDATE signet.mail_outbox SET given_up_at = now()");
  EXPECT_THAT(Examine(configured).Unwell(), ElementsAre("mail=warn"));
  EXPECT_EQ(Examine().verdicts.at("mail"), "skipped");
}

TEST_F(Doctor, ABackupThatIsOld) {
  const auto program = [&](absl::Duration age) {
    const std::string stop = absl::StrCat(absl::ToUnixSeconds(absl::Now() - age));
    RunProgram({.arguments = {"/bin/rm", "-f", scratch_.File("pgbackrest")}});
    scratch_.Write(
        "pgbackrest",
        "#!/bin/sh\necho '[{\"backup\":[{\"type\":\"full\",\"timestamp\":{\"stop\":" + stop +
            "}}],\"name\":\"signet\",\"status\":{\"code\":0,\"message\":\"ok\"}}]'\n");
    RunProgram({.arguments = {"/bin/chmod", "0755", scratch_.File("pgbackrest")}});
    return Examine({}, {{"PATH", scratch_.path() + ":/usr/bin:/bin"}});
  };
  EXPECT_EQ(program(absl::Hours(1)).verdicts.at("backups"), "ok");
  EXPECT_THAT(program(absl::Hours(48)).Unwell(), ElementsAre("backups=warn"));
  EXPECT_THAT(program(absl::Hours(240)).Unwell(), ElementsAre("backups=fail"));
}

TEST_F(Doctor, ADirectoryForCheckpointsThatIsNotThere) {
  const std::string directory = scratch_.File("kept");
  RunProgram({.arguments = {"/bin/mkdir", directory}});
  const std::string flag = "--audit.checkpoint_file=" + directory + "/checkpoints";
  EXPECT_EQ(Examine({flag}).verdicts.at("disk"), "ok");
}

TEST_F(Doctor, NoDatabaseHidesNothingElse) {
  const Report report = Examine({"--database.url=host=" + scratch_.path() + " dbname=signet"});
  EXPECT_EQ(report.exit_code, 1);
  EXPECT_THAT(report.verdicts, SizeIs(kChecks));
  EXPECT_THAT(report.Unwell(), ElementsAre("database=fail")) << report.text;
  EXPECT_THAT(report.seen.at("database"), HasSubstr("No such file or directory"));
  EXPECT_EQ(report.verdicts.at("files"), "ok");
}

// One that takes the connection and never says a word.
TEST_F(Doctor, ADatabaseThatHangsHoldsTheReportUpForABoundedTime) {
  const int listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ASSERT_EQ(bind(listener, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  ASSERT_EQ(listen(listener, 64), 0);
  socklen_t size = sizeof address;
  getsockname(listener, reinterpret_cast<sockaddr*>(&address), &size);
  const absl::Time start = absl::Now();
  const Report report = Examine({absl::StrCat(
      "--database.url=host=127.0.0.1 port=", ntohs(address.sin_port), " dbname=signet user=x")});
  EXPECT_LT(absl::Now() - start, absl::Seconds(30));
  EXPECT_EQ(report.exit_code, 1);
  EXPECT_THAT(report.verdicts, SizeIs(kChecks)) << report.text;
  EXPECT_THAT(report.Unwell(), Contains("database=fail"));
  EXPECT_EQ(report.verdicts.at("files"), "ok");
  close(listener);
}

}  // namespace
}  // namespace signet::tests
