// the key-encryption key is changed under a server that runs (docs/adr/0039), by
// `signetd keys reseal`, from a file to another, to Vault and back.

#include <csignal>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "tests/harness/authenticator.h"
#include "tests/harness/client.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"
#include "tests/harness/mail_folder.h"
#include "tests/harness/server_process.h"
#include "tests/harness/transit_server.h"

namespace signet::tests {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "vellum-oxbow-quarry-41";
constexpr char kNewKek[] = "2222222222222222222222222222222222222222222222222222222222222222";
constexpr char kOtherKek[] = "3333333333333333333333333333333333333333333333333333333333333333";
constexpr absl::Duration kPatience = absl::Seconds(30);

class ResealTest : public testing::Test {
 protected:
  static ServerProcess::Settings With(const ServerProcess::Settings& more) {
    ServerProcess::Settings settings = more;
    settings.emplace("keys.publish_lead", "1s");
    settings.emplace("keys.jwks_max_age", "1s");
    return settings;
  }
  static ServerProcess::Settings InVault(const TransitServer& vault) {
    return With({{"keys.kek", ""},
                 {"key_encryption.source", "vault_transit"},
                 {"vault.addresses", vault.url()},
                 {"vault.role", "role"},
                 {"vault.secret", "secret"}});
  }
  std::string ToFile(const std::string& kek) const {
    const std::string file = scratch_.Write("kek", kek + "\n");
    return scratch_.Write("new.yaml", absl::StrCat("keys:\n  kek_file: ", file, "\n"));
  }
  std::string ToVault(const TransitServer& vault) const {
    const std::string secret = scratch_.Write("vault-secret", "secret");
    return scratch_.Write(
        "vault.yaml",
        absl::StrCat("key_encryption:\n  source: vault_transit\nvault:\n  addresses: ", vault.url(),
                     "\n  role: role\n  secret_file: ", secret, "\n"));
  }
  std::string Sealed() const {
    return Sql(
        database_,
        "SELECT name, kek_id, sealed FROM signet.server_secrets UNION ALL SELECT kid, kek_id, "
        "sealed_private FROM signet.signing_keys ORDER BY 1");
  }
  std::string KekIds() const {
    return Sql(database_,
               "SELECT DISTINCT kek_id FROM signet.server_secrets UNION SELECT kek_id FROM "
               "signet.signing_keys ORDER BY 1");
  }
  static bool Accepted(Client& client, const std::string& token) {
    const auto reply = client.Validate(token);
    return reply.ok() && reply.message.active();
  }
  static v1::LoginResponse SignUp(Client& client, const std::string& email) {
    EXPECT_TRUE(client.Register(email, kPassword).ok());
    const auto reply = client.Login(email, kPassword);
    EXPECT_TRUE(reply.ok()) << reply.status.error_message();
    return reply.message;
  }
  static std::string Administrator(ServerProcess& server, Client& client) {
    const auto result = server.RunCommand(
        {"bootstrap", "--email", "admin@example.com", "--password-fd", "3"}, kPassword);
    EXPECT_EQ(result.exit_code, 0) << result.err;
    return client.Login("admin@example.com", kPassword).message.tokens().access_token();
  }

  const TestDatabase database_;
  const ScratchDirectory scratch_;
};

TEST_F(ResealTest, EverythingOpensUnderTheNewKeyAndTheOldOneOpensNothing) {
  const MailFolder folder;
  ServerProcess::Settings mails = With({});
  for (const auto& [key, value] : folder.Settings()) mails[key] = value;
  mails.erase("mail.folder");
  mails["mail.tls"] = "none";
  mails["mail.retry"] = "1s";
  mails["mail.smtp_url"] = absl::StrCat("smtp://127.0.0.1:", FreePort());  // nobody is there
  ServerProcess before(database_, mails);
  before.Start();
  Client old_client(before.grpc_address());
  const std::string admin = Administrator(before, old_client);
  const auto ada = SignUp(old_client, "ada@example.com");  // her welcome mail waits
  const auto bob = SignUp(old_client, "bob@example.com");
  const std::string bob_bearer = bob.tokens().access_token();
  const Authenticator app(old_client.EnrollTotp(bob_bearer).message.secret());
  ASSERT_TRUE(old_client.ConfirmTotp(bob_bearer, app.Code()).ok());
  const std::string audit_key = HttpGet(before.http_port(), "/audit/key").body;

  const std::string to = ToFile(kNewKek);
  const std::string sealed = Sealed();
  const auto tried = before.RunCommand({"keys", "reseal", "--to", to, "--dry-run"});
  EXPECT_EQ(tried.exit_code, 0) << tried.err;
  EXPECT_THAT(tried.out, AllOf(HasSubstr("would be sealed anew  server secret totp-v1"),
                               HasSubstr("nothing was written")));
  EXPECT_EQ(Sealed(), sealed);

  const auto done = before.RunCommand({"keys", "reseal", "--to", to, "--json"});
  ASSERT_EQ(done.exit_code, 0) << done.err;
  EXPECT_THAT(done.out, AllOf(HasSubstr("\"dry_run\":false"), HasSubstr("\"already\":[]"),
                              HasSubstr("\"signing key ")));
  EXPECT_EQ(Sql(database_, "SELECT count(*) FROM signet.audit_events WHERE action = 607"), "1\n");

  // The server that runs goes on with what it holds, and makes no key.
  EXPECT_TRUE(Accepted(old_client, ada.tokens().access_token()));
  const auto late = old_client.Login("ada@example.com", kPassword);
  ASSERT_TRUE(late.ok()) << late.status.error_message();
  const auto prepared = old_client.PrepareKey(admin);
  EXPECT_EQ(ReasonOf(prepared.status), "KEY_STATE_INVALID");
  EXPECT_THAT(prepared.status.error_message(), HasSubstr("by now, but this process was given"));

  // What one with the new key does it follows, a rotation, too.
  ServerProcess::Settings next = With({{"keys.kek", kNewKek}});
  for (const auto& [key, value] : folder.Settings()) next[key] = value;
  ServerProcess after(database_, next);
  after.Start();
  Client client(after.grpc_address());
  const std::string kid = client.PrepareKey(admin).message.key().kid();
  EXPECT_TRUE(Eventually(kPatience, [&] { return client.ActivateKey(admin, kid).ok(); }));
  const std::string rotated =
      client.Login("ada@example.com", kPassword).message.tokens().access_token();
  EXPECT_TRUE(Accepted(client, rotated));
  EXPECT_TRUE(Eventually(kPatience, [&] { return Accepted(old_client, rotated); }));

  EXPECT_TRUE(Accepted(client, ada.tokens().access_token()));
  EXPECT_TRUE(Accepted(client, late.message.tokens().access_token()));
  const auto refreshed = client.Refresh(ada.tokens().refresh_token());
  ASSERT_TRUE(refreshed.ok()) << ReasonOf(refreshed.status);
  // The same again gives the same successor: it is derived by a secret that was sealed anew.
  const auto repeated = client.Refresh(ada.tokens().refresh_token());
  EXPECT_EQ(repeated.message.tokens().refresh_token(), refreshed.message.tokens().refresh_token());
  const auto asked = client.Login("bob@example.com", kPassword);
  const auto in = client.CompleteMfa(asked.message.mfa_challenge().challenge(), app.Code(1));
  EXPECT_TRUE(in.ok()) << ReasonOf(in.status);

  const auto verified =
      after.RunCommand({"audit", "verify", "--database", database_.owner_conninfo(), "--key",
                        std::string(absl::StripSuffix(audit_key, "\n"))});
  EXPECT_EQ(verified.exit_code, 0) << verified.out << verified.err;
  const auto events =
      HttpPost(after.http_port(), "/signet.v1.AuditService/QueryEvents",
               absl::StrCat("{\"action\":\"REGISTER\",\"subjectId\":\"", ada.user_id(), "\"}"),
               {absl::StrCat("Authorization: Bearer ", admin)}, "application/json");
  EXPECT_THAT(events.body, HasSubstr("127.0.0.1"));

  before.Terminate();
  // Its attempts, which all failed, have put the mail off.
  Sql(database_, "UPDATE signet.mail_outbox SET due_at = now()");
  EXPECT_THAT(folder.Take("welcome", "ada@example.com"), HasSubstr("ada@example.com"));
  before.Launch();
  EXPECT_EQ(before.AwaitEnd(kPatience), 1);
  EXPECT_THAT(before.log(), HasSubstr("is sealed under key-encryption key "));
}

TEST_F(ResealTest, AnotherOldKeyIsRefusedByNameAndNothingIsWritten) {
  ServerProcess server(database_, With({}));
  server.Start();
  const std::string sealed = Sealed();
  const std::string to = ToFile(kNewKek);
  const auto refused =
      server.RunCommand({"keys", "reseal", "--to", to}, "", {{"SIGNET_KEYS_KEK", kOtherKek}});
  EXPECT_EQ(refused.exit_code, 1);
  EXPECT_THAT(refused.err,
              AllOf(HasSubstr("server secret audit-checkpoint-v1 is sealed under"),
                    HasSubstr("neither the one to replace"), Not(HasSubstr(kOtherKek))));
  const auto same =
      server.RunCommand({"keys", "reseal", "--to", to}, "", {{"SIGNET_KEYS_KEK", kNewKek}});
  EXPECT_EQ(same.exit_code, 1);
  EXPECT_THAT(same.err, HasSubstr("the same key-encryption key"));
  EXPECT_EQ(Sealed(), sealed);
}

TEST_F(ResealTest, KilledBeforeItsEndItHasChangedNothing) {
  ServerProcess server(database_, With({}));
  server.Start();
  const std::string sealed = Sealed();
  const std::string to = ToFile(kNewKek);
  // Its last statement before the commit waits for this.
  Command holder;
  holder.arguments = {Cluster().binaries() + "/psql",
                      "-X",
                      "-q",
                      "-d",
                      database_.owner_conninfo(),
                      "-c",
                      "BEGIN; LOCK TABLE signet.audit_events IN EXCLUSIVE MODE; SELECT 'held'; "
                      "SELECT pg_sleep(300)"};
  BackgroundProgram held(holder, scratch_.File("holder.log"));
  const auto waiting = [&](const std::string& where) {
    return Sql(database_, absl::StrCat("SELECT count(*) FROM pg_catalog.pg_locks AS l JOIN "
                                       "pg_catalog.pg_stat_activity AS a USING (pid) WHERE ",
                                       where)) != "0\n";
  };
  ASSERT_TRUE(Eventually(kPatience, [&] {
    return waiting("l.relation = 'signet.audit_events'::regclass AND l.mode = 'ExclusiveLock'");
  }));
  {
    Command command;
    command.arguments = {SignetdPath(), "keys", "reseal", "--to", to};
    command.environment = server.environment();
    BackgroundProgram reseal(command, scratch_.File("reseal.log"));
    ASSERT_TRUE(Eventually(kPatience, [&] {
      return waiting("NOT l.granted AND a.application_name = 'signetd keys reseal'");
    })) << reseal.output();
  }  // kills it
  held.Signal(SIGKILL);
  held.AwaitEnd();
  EXPECT_EQ(Sealed(), sealed);
  (void)Sql(database_,
            "SELECT pg_catalog.pg_terminate_backend(pid) FROM pg_catalog.pg_stat_activity "
            "WHERE query LIKE '%pg_sleep(300)%' AND pid <> pg_catalog.pg_backend_pid()");
  const auto done = server.RunCommand({"keys", "reseal", "--to", to});
  EXPECT_EQ(done.exit_code, 0) << done.err;
  EXPECT_NE(Sealed(), sealed);
}

TEST_F(ResealTest, FromAFileIntoVaultAndBack) {
  TransitServer vault;
  std::string token;
  {
    ServerProcess file(database_, With({}));
    file.Start();
    Client client(file.grpc_address());
    token = SignUp(client, "ada@example.com").tokens().access_token();
    const auto into = file.RunCommand({"keys", "reseal", "--to", ToVault(vault)});
    ASSERT_EQ(into.exit_code, 0) << into.err;
    EXPECT_THAT(into.out, HasSubstr(" -> vault:transit/signet\n"));
    EXPECT_EQ(KekIds(), "vault:transit/signet\n");
  }
  ServerProcess kept(database_, InVault(vault));
  kept.Start();
  Client client(kept.grpc_address());
  EXPECT_TRUE(Accepted(client, token));
  const auto back = kept.RunCommand({"keys", "reseal", "--to", ToFile(kNewKek)});
  ASSERT_EQ(back.exit_code, 0) << back.err;
  EXPECT_THAT(KekIds(), Not(HasSubstr("vault")));
  // Vault may go: nothing is asked of it any more.
  vault.Swallow();
  ServerProcess file(database_, With({{"keys.kek", kNewKek}}));
  file.Start();
  Client again(file.grpc_address());
  EXPECT_TRUE(Accepted(again, token));
  EXPECT_TRUE(again.Login("ada@example.com", kPassword).ok());
}

}  // namespace
}  // namespace signet::tests
