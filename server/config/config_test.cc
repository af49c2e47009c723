#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/config/key.h"
#include "server/config/load.h"
#include "server/config/quantity.h"
#include "server/config/rate_list.h"
#include "server/config/render.h"

namespace signet::config {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kCanary[] = "canary-5b1f0c2e";

Sources ValidSources() {
  Sources sources;
  sources.file_name = "signet.yaml";
  sources.file_text =
      "tokens:\n  issuer: https://id.example.com\n"
      "database:\n  url: postgresql:///signet\n";
  sources.environment["SIGNET_KEYS_KEK"] = kCanary;
  return sources;
}

Loaded LoadForServing(const Sources& sources) { return Load(sources, Purpose::kServe); }

std::string SourceOf(const Loaded& loaded, const std::string& path) {
  for (const Effective& value : loaded.effective) {
    if (value.path == path) return value.source;
  }
  return "no such key";
}

std::string ReadProjectFile(const std::string& name) {
  std::ifstream file(std::string(SIGNET_SOURCE_DIR) + "/" + name);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

TEST(Load, AFileWithTheRequiredKeysIsValid) {
  const Loaded loaded = LoadForServing(ValidSources());
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.settings.tokens.issuer, "https://id.example.com");
  EXPECT_EQ(SourceOf(loaded, "tokens.issuer"), "signet.yaml:2");
}

// R-105: 15 minutes and 30 days unless configured otherwise.
TEST(Load, DefaultsAreThoseOfTheTable) {
  const Loaded loaded = LoadForServing(ValidSources());
  EXPECT_EQ(loaded.settings.tokens.access_ttl, absl::Minutes(15));
  EXPECT_EQ(loaded.settings.tokens.refresh_ttl, absl::Hours(24 * 30));
  EXPECT_EQ(loaded.settings.tokens.replay_window, absl::Seconds(30));
  EXPECT_EQ(loaded.settings.hashing.argon2_memory, 19 << 20);
  EXPECT_EQ(SourceOf(loaded, "tokens.access_ttl"), "default");
}

TEST(Load, EveryDefaultIsAcceptedByItsOwnKey) {
  for (const Key& key : Keys()) {
    Settings settings;
    if (!key.initial.empty()) {
      EXPECT_EQ(Assign(key, key.initial, settings), std::nullopt) << key.path;
    }
  }
}

TEST(Load, EnvironmentGoesOverTheFileAndAFlagOverBoth) {
  Sources sources = ValidSources();
  sources.file_text += "log:\n  level: debug\n";
  EXPECT_EQ(LoadForServing(sources).settings.log.level, "debug");
  sources.environment["SIGNET_LOG_LEVEL"] = "warning";
  EXPECT_EQ(LoadForServing(sources).settings.log.level, "warning");
  EXPECT_EQ(SourceOf(LoadForServing(sources), "log.level"), "SIGNET_LOG_LEVEL");
  sources.flags = {{"log.level", "error"}};
  EXPECT_EQ(LoadForServing(sources).settings.log.level, "error");
  EXPECT_EQ(SourceOf(LoadForServing(sources), "log.level"), "--log.level");
}

TEST(Load, APresetGoesOverTheDefaultAndUnderTheFile) {
  Sources sources = ValidSources();
  sources.presets = {{"tokens.audience", "dev"}, {"tokens.issuer", "http://localhost"}};
  const Loaded loaded = LoadForServing(sources);
  EXPECT_EQ(loaded.settings.tokens.audience, "dev");
  EXPECT_EQ(loaded.settings.tokens.issuer, "https://id.example.com");
}

TEST(Load, AnUnknownKeyIsRefusedWithItsLineAndTheNearestName) {
  Sources sources = ValidSources();
  sources.file_text += "limits:\n  databse_workers: 5\n";
  EXPECT_THAT(LoadForServing(sources).problems,
              ElementsAre("signet.yaml:6: unknown key limits.databse_workers; did you mean "
                          "limits.database_workers?"));
}

TEST(Load, AnUnknownVariableOfASectionIsRefusedAndOneOfAnotherProgramIsNot) {
  Sources sources = ValidSources();
  sources.environment["SIGNET_TOKENS_ACCES_TTL"] = "5m";
  sources.environment["SIGNET_ADDRESS"] = "127.0.0.1:1";
  EXPECT_THAT(LoadForServing(sources).problems,
              ElementsAre("SIGNET_TOKENS_ACCES_TTL: unknown variable; did you mean "
                          "SIGNET_TOKENS_ACCESS_TTL?"));
}

TEST(Load, AllProblemsAreToldAtOnceEachWithKeyAndSource) {
  Sources sources = ValidSources();
  sources.file_text +=
      "hashing:\n  threads: many\n  argon2_memory: 4MiB\nlisten:\n  grpc: nowhere\n";
  sources.environment["SIGNET_TOKENS_ACCESS_TTL"] = "2h";
  sources.flags = {{"listen.plaintext", "yes"}};
  EXPECT_THAT(
      LoadForServing(sources).problems,
      ::testing::IsSupersetOf({"signet.yaml:6: hashing.threads is not a whole number",
                               "signet.yaml:7: hashing.argon2_memory is outside 8MiB to 256MiB",
                               "signet.yaml:9: listen.grpc is not host:port",
                               "SIGNET_TOKENS_ACCESS_TTL: tokens.access_ttl is outside 1m to 1h",
                               "--listen.plaintext: listen.plaintext is neither true nor false"}));
}

TEST(Load, MissingRequiredKeysAreNamedWithBothWaysToSetThem) {
  const auto problems = LoadForServing(Sources{}).problems;
  EXPECT_THAT(problems, Contains("tokens.issuer is required: set tokens.issuer in the file or "
                                 "SIGNET_TOKENS_ISSUER in the environment"));
  EXPECT_THAT(problems, Contains("keys.kek is required: set keys.kek_file in the file or "
                                 "SIGNET_KEYS_KEK in the environment"));
  EXPECT_THAT(problems, Contains(HasSubstr("database.url is required")));
}

TEST(Load, MigratingNeedsTheOwnersUrlAndNothingOfServing) {
  Sources sources;
  EXPECT_THAT(Load(sources, Purpose::kMigrate).problems,
              ElementsAre(HasSubstr("database.owner_url is required")));
  sources.environment["SIGNET_DATABASE_OWNER_URL"] = "postgresql:///signet";
  EXPECT_THAT(Load(sources, Purpose::kMigrate).problems, IsEmpty());
}

TEST(Load, ASecretInTheFileOrInAFlagIsRefusedAndNotRepeated) {
  Sources sources = ValidSources();
  sources.file_text += "keys:\n  kek: " + std::string(kCanary) + "\n";
  sources.flags = {{"database.password", kCanary}};
  const auto problems = LoadForServing(sources).problems;
  ASSERT_EQ(problems.size(), 2u);
  EXPECT_THAT(problems[0], HasSubstr("keys.kek is a secret and does not belong here"));
  for (const std::string& problem : problems) EXPECT_THAT(problem, Not(HasSubstr(kCanary)));
}

TEST(Load, ASecretFileIsReadWithoutItsLineEnd) {
  const std::string path = ::testing::TempDir() + "/config_test_secret";
  std::ofstream(path) << kCanary << "\n";
  Sources sources = ValidSources();
  sources.flags = {{"database.password_file", path}};
  const Loaded loaded = LoadForServing(sources);
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.settings.database.password.reveal(), kCanary);
}

TEST(Load, ASecretFileThatIsNotThereIsAProblem) {
  Sources sources = ValidSources();
  sources.flags = {{"database.password_file", "/nonexistent/password"}};
  EXPECT_THAT(LoadForServing(sources).problems,
              Contains(HasSubstr("--database.password_file: database.password names a file that "
                                 "cannot be read")));
}

// Its permissions are part of its safety, so signing::KeyEncryptionKey opens the file itself.
TEST(Load, TheFileOfTheKeyEncryptionKeyIsPassedOnUnread) {
  Sources sources = ValidSources();
  sources.environment.clear();
  sources.flags = {{"keys.kek_file", "/nonexistent/kek"}};
  const Loaded loaded = LoadForServing(sources);
  EXPECT_THAT(loaded.problems, IsEmpty());
  EXPECT_EQ(loaded.settings.keys.kek_file, "/nonexistent/kek");
  EXPECT_TRUE(loaded.settings.keys.kek.empty());
}

// The server makes it at its first start; a directory that is mistyped it does not make.
TEST(Load, AFileToAppendToMayBeMissingInADirectoryThatIsThere) {
  Sources sources = ValidSources();
  sources.flags = {{"audit.checkpoint_file", ::testing::TempDir() + "/config_test_not_yet"}};
  EXPECT_THAT(LoadForServing(sources).problems, IsEmpty());
  sources.flags = {{"audit.checkpoint_file", "/nonexistent/audit-checkpoints"}};
  EXPECT_THAT(LoadForServing(sources).problems,
              Contains(HasSubstr("audit.checkpoint_file names a file in a directory that is not "
                                 "there")));
}

// R-115: links that let their reader in cross no network in the clear, and lead where we say.
TEST(Load, OriginsAreWholeAndComeByASafeWay) {
  Sources sources = ValidSources();
  sources.flags = {{"connect.origins", "https://app.example.com, http://localhost:3000"}};
  EXPECT_THAT(LoadForServing(sources).problems, IsEmpty());
  for (const char* wrong : {"*", "https://*.example.com", "http://app.example.com",
                            "app.example.com", "https://", "https://app.example.com/", "null"}) {
    sources.flags = {{"connect.origins", wrong}};
    EXPECT_THAT(LoadForServing(sources).problems, Contains(HasSubstr("is no https origin")))
        << wrong;
  }
}

TEST(Load, MailNeedsASafeWayAndASafeLinkBase) {
  const std::vector<std::pair<std::string, std::string>> mail = {
      {"mail.smtp_url", "smtp://mail.internal:587"},
      {"mail.from", "no-reply@example.com"},
      {"mail.link_base", "https://id.example.com"}};
  Sources sources = ValidSources();
  sources.flags = mail;
  EXPECT_THAT(LoadForServing(sources).problems, IsEmpty());
  const std::vector<std::pair<std::pair<std::string, std::string>, std::string>> wrong = {
      {{"mail.tls", "none"}, "mail.tls: none is for a mail server on this machine"},
      {{"mail.link_base", "http://id.example.com"}, "mail.link_base is not an https URL"},
      {{"mail.link_base", "https://id.example.com/#"}, "mail.link_base is not an https URL"},
      {{"mail.link_base", ""}, "mail.link_base is required"},
      {{"mail.from", ""}, "mail.from is required"},
      {{"mail.smtp_url", "https://mail.internal"}, "mail.smtp_url is neither"},
      {{"mail.smtp_url", "smtp://me:secret@mail.internal"}, "mail.smtp_url holds a login"},
      {{"mail.username", "signet"}, "mail.username and mail.password need each other"}};
  for (const auto& [flag, problem] : wrong) {
    sources.flags = mail;
    sources.flags.push_back(flag);
    EXPECT_THAT(LoadForServing(sources).problems, Contains(HasSubstr(problem)));
  }
  sources.flags = {{"mail.smtp_url", "smtp://127.0.0.1:25"},
                   {"mail.tls", "none"},
                   {"mail.from", "no-reply@example.com"},
                   {"mail.link_base", "http://localhost:3000"}};
  EXPECT_THAT(LoadForServing(sources).problems, IsEmpty());
}

// R-504: plaintext only where configured.
TEST(Load, AnOpenAddressWithoutTlsIsRefusedUnlessPlaintextIsAllowed) {
  Sources sources = ValidSources();
  sources.flags = {{"listen.grpc", "0.0.0.0:7420"}};
  EXPECT_THAT(LoadForServing(sources).problems,
              ElementsAre(HasSubstr("listen.grpc is not a loopback address and has no TLS")));
  sources.flags.emplace_back("listen.plaintext", "true");
  EXPECT_THAT(LoadForServing(sources).problems, IsEmpty());
}

TEST(Load, APasswordInADatabaseUrlIsRefused) {
  for (const char* url : {"postgresql://signet:hunter2@db/signet", "host=db password=hunter2"}) {
    Sources sources = ValidSources();
    sources.flags = {{"database.url", url}};
    EXPECT_THAT(LoadForServing(sources).problems,
                ElementsAre(HasSubstr("database.url holds a password")));
  }
}

TEST(Load, AFileThatIsNotSectionsOfScalarsIsRefusedByLine) {
  const std::pair<const char*, const char*> cases[] = {
      {"log:\n  level: [info]\n", "signet.yaml line 2: a list is not allowed"},
      {"log:\n  level: info\n  level: debug\n",
       "signet.yaml line 3: \"log.level\" a second time is not allowed"},
      {"just text\n", "signet.yaml line 1: text where sections are expected is not allowed"},
      {"a: &x {b: c}\nlog: *x\n", "signet.yaml line 2: an alias is not allowed"},
      {"log: {level: info}\n---\nlog: {}\n",
       "signet.yaml line 2: a second document is not allowed"},
  };
  for (const auto& [text, problem] : cases) {
    Sources sources = ValidSources();
    sources.file_text = text;
    EXPECT_THAT(LoadForServing(sources).problems, Contains(problem));
  }
}

TEST(Load, BrokenYamlIsAProblemAndNotACrash) {
  for (const char* text : {"a: [", "\t", "{{{{{{{{{{{{", "a: b: c", "? - x", "&", "%", "\"\\x"}) {
    Sources sources = ValidSources();
    sources.file_text = text;
    EXPECT_FALSE(LoadForServing(sources).problems.empty()) << text;
  }
}

TEST(RateList, ReadsEachScopeOnceAndNothingElse) {
  const auto list = ReadRateList("address 60/1m, global 12000/30s");
  ASSERT_TRUE(list);
  EXPECT_EQ(list->rates[0].tokens, 60);
  EXPECT_EQ(list->rates[0].period, absl::Minutes(1));
  EXPECT_EQ(list->rates[1].tokens, 0);
  EXPECT_EQ(list->rates[3].period, absl::Seconds(30));
  EXPECT_EQ(ReadRateList("off")->rates[0].tokens, 0);
  for (const char* text :
       {"", "address", "address 0/1m", "address 5", "address 5/0s", "address 5/2d", "street 5/1m",
        "address 5/1m address 6/1m", "address 5/1m, address 6/1m", "address -5/1m", "address 5/1m,",
        "address  5/1m"}) {
    EXPECT_FALSE(ReadRateList(text)) << text;
  }
}

TEST(Rules, AbuseSettingsThatProtectNobodyAreRefused) {
  const std::pair<const char*, const char*> refused[] = {
      {"SIGNET_RATES_LOGIN", "sixty a minute"},
      {"SIGNET_RATES_REFRESH", "client 5/1m"},
      {"SIGNET_LISTEN_TRUSTED_PROXIES", "10.1.0.0/8"},
      {"SIGNET_ABUSE_LONGEST_LOCK", "10s"},
      {"SIGNET_CHALLENGE_KIND", "captcha"}};
  for (const auto& [name, value] : refused) {
    Sources sources = ValidSources();
    sources.environment[name] = value;
    EXPECT_THAT(LoadForServing(sources).problems, Not(IsEmpty())) << name;
  }
}

// R-505.
TEST(Render, NoSecretIsEverPrinted) {
  Sources sources = ValidSources();
  sources.environment["SIGNET_DATABASE_PASSWORD"] = kCanary;
  const std::string printed = RenderEffective(LoadForServing(sources));
  EXPECT_THAT(printed, Not(HasSubstr(kCanary)));
  EXPECT_THAT(printed, HasSubstr("kek: \"[redacted]\"  # SIGNET_KEYS_KEK\n"));
  EXPECT_THAT(printed, HasSubstr("password: \"[redacted]\"  # SIGNET_DATABASE_PASSWORD\n"));
}

TEST(Render, TheShippedExampleIsMadeFromTheTable) {
  EXPECT_EQ(ReadProjectFile("deploy/signet.example.yaml"), RenderExample());
}

TEST(Render, TheReferenceIsMadeFromTheTable) {
  EXPECT_EQ(ReadProjectFile("docs/configuration.md"), RenderReference());
}

TEST(Render, TheExampleNamesEveryKeyAndItsVariableAndLoads) {
  const std::string example = RenderExample();
  for (const Key& key : Keys()) EXPECT_THAT(example, HasSubstr(EnvironmentName(key.path)));
  Sources sources;
  sources.file_name = "example";
  sources.file_text = example;
  sources.environment["SIGNET_KEYS_KEK"] = kCanary;  // the example's file is not on this machine
  EXPECT_THAT(LoadForServing(sources).problems, IsEmpty());
}

TEST(Quantity, DurationsReadAndWrite) {
  const std::pair<const char*, absl::Duration> cases[] = {
      {"500ms", absl::Milliseconds(500)}, {"30s", absl::Seconds(30)},
      {"15m", absl::Minutes(15)},         {"30d", absl::Hours(720)},
      {"1h30m", absl::Minutes(90)},       {"0s", absl::ZeroDuration()}};
  for (const auto& [text, duration] : cases) {
    EXPECT_EQ(ReadDuration(text), duration) << text;
    EXPECT_EQ(DurationText(duration), text);
  }
  for (const char* text :
       {"", "15", "m", "-1s", "1.5h", " 1s", "1s ", "1y", "99999999999999d", "36525d1ms"}) {
    EXPECT_EQ(ReadDuration(text), std::nullopt) << text;
  }
}

TEST(Quantity, SizesReadAndWrite) {
  const std::pair<const char*, int64_t> cases[] = {
      {"0B", 0}, {"100B", 100}, {"512KiB", 512 << 10}, {"64MiB", 64 << 20}, {"3GiB", 3LL << 30}};
  for (const auto& [text, size] : cases) {
    EXPECT_EQ(ReadSize(text), size) << text;
    EXPECT_EQ(SizeText(size), text);
  }
  for (const char* text : {"", "64", "64MB", "-1B", "1.5MiB", "9999999999GiB", "MiB"}) {
    EXPECT_EQ(ReadSize(text), std::nullopt) << text;
  }
}

TEST(Quantity, AddressesAreSplitAndLoopbackIsRecognised) {
  EXPECT_TRUE(ReadHostPort("127.3.2.1:80")->is_loopback());
  EXPECT_TRUE(ReadHostPort("[::1]:0")->is_loopback());
  EXPECT_TRUE(ReadHostPort("localhost:1")->is_loopback());
  EXPECT_FALSE(ReadHostPort("0.0.0.0:80")->is_loopback());
  EXPECT_FALSE(ReadHostPort("[::]:80")->is_loopback());
  EXPECT_FALSE(ReadHostPort("localhost.example.com:80")->is_loopback());
  EXPECT_EQ(ReadHostPort("[::1]:70")->ToString(), "[::1]:70");
  for (const char* text :
       {"", "host", ":80", "host:", "host:65536", "host:-1", "::1:80", "a b:1"}) {
    EXPECT_EQ(ReadHostPort(text).has_value(), false) << text;
  }
}

}  // namespace
}  // namespace signet::config
