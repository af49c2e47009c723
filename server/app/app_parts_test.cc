#include <csignal>
#include <fstream>
#include <latch>

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "gmock/gmock.h"
#include "server/app/authz.h"
#include "server/app/dev_environment.h"
#include "server/app/observers.h"
#include "server/app/password_input.h"
#include "server/app/process.h"
#include "server/app/repeating_task.h"
#include "server/app/room_options.h"
#include "server/app/signals.h"
#include "server/config/load.h"

namespace signet::app {
namespace {

using ::testing::HasSubstr;

config::Loaded LoadWith(std::vector<std::pair<std::string, std::string>> flags) {
  config::Sources sources;
  sources.presets = {{"tokens.issuer", "https://id.example.com"},
                     {"database.url", "host=/run/postgresql dbname=signet"},
                     {"keys.kek", std::string(64, '1')}};
  sources.flags = std::move(flags);
  return config::Load(sources, config::Purpose::kServe);
}

// 7 days under the stricter profile, whatever the file says beyond.
TEST(RoomOptions, TheStrictProfileHoldsRefreshTokensToSevenDays) {
  EXPECT_EQ(LifetimesOf(LoadWith({}).settings).lineage, absl::Hours(24 * 30));
  EXPECT_EQ(LifetimesOf(LoadWith({{"tokens.profile", "strict"}}).settings).lineage,
            absl::Hours(24 * 7));
  EXPECT_EQ(
      LifetimesOf(LoadWith({{"tokens.profile", "strict"}, {"tokens.refresh_ttl", "1d"}}).settings)
          .lineage,
      absl::Hours(24));
}

TEST(RoomOptions, StaleKnowledgeRefusesOnlyWhereThatWasChosen) {
  EXPECT_EQ(ValidateOptions(LoadWith({}).settings.revocation).max_revocation_staleness,
            absl::InfiniteDuration());
  EXPECT_EQ(ValidateOptions(LoadWith({{"revocation.when_stale", "refuse"}}).settings.revocation)
                .max_revocation_staleness,
            absl::Minutes(1));
}

TEST(RoomOptions, HistoryIsKeptForLongerThanARefreshTokenLives) {
  const auto loaded = LoadWith({{"tokens.refresh_ttl", "200d"}});
  EXPECT_EQ(MaintenanceOptions(loaded.settings).keep_history, absl::Hours(24 * 201));
}

TEST(RoomOptions, ThePasswordJoinsTheConnectionString) {
  auto loaded = LoadWith({});
  loaded.settings.database.password = base::Secret(absl::string_view("it's"));
  const auto options = PoolOptions(loaded.settings.database);
  ASSERT_TRUE(options.ok());
  EXPECT_THAT(options->conninfo, HasSubstr("password='it\\'s'"));
}

// a pooler in transaction mode would give the connection that listens to somebody else.
TEST(RoomOptions, BehindAPoolerNobodyListensUnlessToldWhere) {
  auto loaded = LoadWith({});
  config::DatabaseSettings& database = loaded.settings.database;
  EXPECT_FALSE(PoolOptions(database)->transaction_pooler);
  EXPECT_THAT(*ListenConninfo(database), HasSubstr("/run/postgresql"));
  database.pooler = "transaction";
  EXPECT_TRUE(PoolOptions(database)->transaction_pooler);
  EXPECT_EQ(*ListenConninfo(database), "");
  database.listen_url = "host=db1,db2";
  database.password = base::Secret(absl::string_view("it's"));
  EXPECT_THAT(*ListenConninfo(database), HasSubstr("db1,db2"));
  EXPECT_THAT(*ListenConninfo(database), HasSubstr("password='it\\'s'"));
}

//
TEST(RoomOptions, PlaintextIsChosenOnlyWithoutACertificate) {
  auto loaded = LoadWith({});
  EXPECT_EQ(RpcOptions(loaded.settings).listeners[0].security, rpc::Listener::Security::kPlaintext);
  loaded.settings.listen.tls_certificate = "server.crt";
  EXPECT_EQ(RpcOptions(loaded.settings).listeners[0].security, rpc::Listener::Security::kTls);
  loaded.settings.listen.tls_client_ca = "clients.crt";
  EXPECT_EQ(RpcOptions(loaded.settings).listeners[0].security, rpc::Listener::Security::kMutualTls);
  EXPECT_TRUE(HttpOptions(loaded.settings).tls.has_value());
}

// the file of docs/http.md is one that is read.
TEST(AuthzRules, AreReadFromAFileAndRefusedWithItsName) {
  const std::string file = ::testing::TempDir() + "authz_rules.yaml";
  const auto write = [&](const std::string& text) { std::ofstream(file) << text; };
  write(
      "\"/v1.2/orders/\":\n  audience: orders\n  scopes: orders.read orders.write\n"
      "\"POST,DELETE api.example.com/x\":\n  anonymous: true\n");
  const auto rules = ReadAuthzRules(file);
  ASSERT_TRUE(rules.ok()) << rules.status();
  const domain::AuthzRule* rule = rules->Find("GET", "", "/v1.2/orders/7");
  ASSERT_NE(rule, nullptr);
  EXPECT_EQ(rule->scopes, (std::vector<std::string>{"orders.read", "orders.write"}));
  EXPECT_TRUE(rules->Find("POST", "api.example.com", "/x")->anonymous);
  for (const char* wrong : {"rules: x\n", "\"/a\":\n  - x\n", "\"/a\":\n  scopes: x\n", "", "{"}) {
    write(wrong);
    EXPECT_THAT(std::string(ReadAuthzRules(file).status().message()), HasSubstr(file)) << wrong;
  }
  EXPECT_FALSE(ReadAuthzRules("/nowhere/authz.yaml").ok());
}

TEST(DevEnvironment, RefusesAnAddressThatOthersCanReach) {
  config::ListenSettings listen;
  listen.grpc = "127.0.0.1:0";
  listen.http = "localhost:0";
  EXPECT_TRUE(DevEnvironment::CheckAddresses(listen).ok());
  listen.http = "0.0.0.0:7421";
  const auto refused = DevEnvironment::CheckAddresses(listen);
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("0.0.0.0:7421"));
}

//
TEST(Process, LeavesNoCoreDump) {
  HardenProcess();
  rlimit cores{};
  ASSERT_EQ(getrlimit(RLIMIT_CORE, &cores), 0);
  EXPECT_EQ(cores.rlim_cur, 0u);
  EXPECT_EQ(prctl(PR_GET_DUMPABLE, 0, 0, 0, 0), 0);
  rlimit files{};
  ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &files), 0);
  EXPECT_EQ(files.rlim_cur, files.rlim_max);
}

TEST(Signals, ATerminationIsAnEventAndAHangupAnother) {
  Signals signals;
  EXPECT_EQ(signals.Wait(absl::ZeroDuration()), Signals::Event::kNothing);
  std::raise(SIGHUP);
  EXPECT_EQ(signals.Wait(absl::InfiniteDuration()), Signals::Event::kReload);
  std::raise(SIGTERM);
  EXPECT_EQ(signals.Wait(absl::Minutes(1)), Signals::Event::kStop);
}

TEST(Signals, ASecondTerminationEndsTheProcessAtOnce) {
  EXPECT_EXIT(
      {
        Signals signals;
        std::raise(SIGTERM);
        signals.Wait(absl::InfiniteDuration());
        signals.LetStopEndTheProcess();
        std::raise(SIGTERM);
      },
      ::testing::KilledBySignal(SIGTERM), "");
}

TEST(RepeatingTask, RunsAtOnceAndStopsWithoutWaitingForTheNextTime) {
  std::latch ran(1);
  RepeatingTask task(absl::Hours(1), [&] { ran.count_down(); });
  task.Start();
  ran.wait();
  task.Stop();
}

absl::StatusOr<base::Secret> ReadThroughPipe(absl::string_view text) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  EXPECT_EQ(write(ends[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  close(ends[1]);
  auto password = ReadPasswordFrom(ends[0]);
  close(ends[0]);
  return password;
}

TEST(PasswordInput, TakesTheFirstLineWithoutItsEnd) {
  EXPECT_EQ(ReadThroughPipe("correct horse\nnext")->reveal(), "correct horse");
  EXPECT_EQ(ReadThroughPipe("correct horse\r\n")->reveal(), "correct horse");
  EXPECT_EQ(ReadThroughPipe(" with blanks ")->reveal(), " with blanks ");
}

TEST(PasswordInput, RefusesNothingAndTooMuch) {
  EXPECT_FALSE(ReadThroughPipe("").ok());
  EXPECT_FALSE(ReadThroughPipe("\n").ok());
  EXPECT_TRUE(ReadThroughPipe(std::string(4096, 'a')).ok());
  EXPECT_FALSE(ReadThroughPipe(std::string(4097, 'a')).ok());
  EXPECT_FALSE(ReadPasswordFrom(-1).ok());
}

}  // namespace
}  // namespace signet::app
