// R-306: a real signetd whose key-encryption key is in a token of SoftHSM.

#include <filesystem>
#include <string>

#include <sys/stat.h>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/pkcs11/soft_token.h"
#include "tests/harness/client.h"
#include "tests/harness/program.h"
#include "tests/harness/server_process.h"
#include "tests/harness/test_database.h"

namespace signet::tests {
namespace {

using pkcs11::SoftTokens;
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "canary-7f3a-correct-horse-battery";

class HardwareKey : public testing::Test {
 protected:
  HardwareKey() {
    tokens_.MakeToken("signet");
    tokens_.MakeKey("signet", {});
    tokens_.MakeKey("signet", {.label = "soft", .extractable = true});
    server_.Export("SOFTHSM2_CONF", tokens_.configuration());
  }

  // A start that fails by itself, on other ports.
  ProgramResult FailedStart(const std::map<std::string, std::string>& more) const {
    std::map<std::string, std::string> changed = {{"SIGNET_LISTEN_GRPC", "127.0.0.1:0"},
                                                  {"SIGNET_LISTEN_HTTP", "127.0.0.1:0"}};
    for (const auto& [name, value] : more) changed[name] = value;
    return server_.RunCommand({"run"}, "", changed);
  }
  std::string Doctor(const std::map<std::string, std::string>& more = {}) const {
    return server_.RunCommand({"doctor", "--json"}, "", more).out;
  }

  const SoftTokens tokens_;
  const ScratchDirectory scratch_;
  const std::string pin_file_ = scratch_.Write("pin", absl::StrCat(SoftTokens::kPin, "\n"));
  const TestDatabase database_;
  ServerProcess server_{database_,
                        {{"keys.kek", ""},
                         {"key_encryption.source", "pkcs11"},
                         {"pkcs11.module", pkcs11::kSoftHsm},
                         {"pkcs11.uri", "pkcs11:token=signet;object=kek"},
                         {"pkcs11.pin_file", pin_file_},
                         {"pkcs11.start_timeout", "0s"}}};
};

TEST_F(HardwareKey, IssuesAndAfterARestartStillOpensWhatItSealed) {
  server_.Start();
  std::string access;
  {
    Client client(server_.grpc_address());
    ASSERT_TRUE(client.Register("ada@example.com", kPassword).ok());
    const auto login = client.Login("ada@example.com", kPassword);
    ASSERT_TRUE(login.ok()) << login.status.error_message();
    access = login.message.tokens().access_token();
    EXPECT_TRUE(client.Validate(access).message.active());
  }
  EXPECT_EQ(Sql(database_,
                "SELECT DISTINCT kek_id FROM signet.signing_keys UNION SELECT kek_id "
                "FROM signet.server_secrets"),
            "pkcs11:signet/kek\n");
  EXPECT_EQ(server_.Terminate(), 0);
  EXPECT_THAT(Doctor(), AllOf(HasSubstr(R"("check":"hardware","verdict":"ok")"),
                              HasSubstr(R"("check":"keys","verdict":"ok")")));
  server_.Start();
  EXPECT_TRUE(Client(server_.grpc_address()).Validate(access).message.active());
  EXPECT_EQ(server_.Terminate(), 0);
  EXPECT_THAT(server_.log(), AllOf(Not(HasSubstr(SoftTokens::kPin)), Not(HasSubstr("CKA_"))));

  // Another source, and another key, refuse by name.
  const ProgramResult other = FailedStart(
      {{"SIGNET_KEY_ENCRYPTION_SOURCE", "key"}, {"SIGNET_KEYS_KEK", std::string(64, '7')}});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.err, HasSubstr("is sealed under key-encryption key pkcs11:signet/kek, but this "
                                   "process was given "));
  const ProgramResult soft =
      FailedStart({{"SIGNET_PKCS11_URI", "pkcs11:token=signet;object=soft"}});
  EXPECT_EQ(soft.exit_code, 1);
  EXPECT_THAT(soft.err, AllOf(HasSubstr("but this process was given pkcs11:signet/soft"),
                              HasSubstr("can be taken out of its hardware module")));
}

TEST_F(HardwareKey, AStartThatCannotSucceedSaysWhatToDo) {
  const std::string elsewhere = tokens_.tokens() + ".away";
  std::filesystem::rename(tokens_.tokens(), elsewhere);
  const ProgramResult gone = FailedStart({});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.err, AllOf(HasSubstr("signetd: pkcs11.start_timeout is over: pkcs11.module: "),
                              HasSubstr("look whether its own configuration, and the place of its "
                                        "tokens, is there")));
  const std::string report = Doctor();
  EXPECT_THAT(report, AllOf(HasSubstr(R"("check":"hardware","verdict":"fail")"),
                            HasSubstr("docs/runbooks/hardware-module.md")));
  std::filesystem::rename(elsewhere, tokens_.tokens());

  chmod(pin_file_.c_str(), 0644);
  const ProgramResult open = FailedStart({});
  EXPECT_EQ(open.exit_code, 1);
  EXPECT_THAT(open.err, AllOf(HasSubstr("pkcs11.pin_file"), HasSubstr("may be read or changed by "
                                                                      "others: chmod 600 it")));
  chmod(pin_file_.c_str(), 0600);

  // 78: the unit of the package is not started anew, which would lock the token.
  const ProgramResult refused =
      FailedStart({{"SIGNET_PKCS11_PIN_FILE", scratch_.Write("wrong", "canary-wrong")}});
  EXPECT_EQ(refused.exit_code, 78);
  EXPECT_THAT(refused.err, AllOf(HasSubstr("pkcs11.pin is refused by token \"signet\""),
                                 Not(HasSubstr("canary"))));
}

TEST_F(HardwareKey, TheDoctorWarnsOfAKeyThatCanBeTakenOut) {
  EXPECT_THAT(Doctor({{"SIGNET_PKCS11_URI", "pkcs11:token=signet;object=soft"}}),
              HasSubstr(R"("check":"hardware","verdict":"warn")"));
}

// A hardware module may be slower than the machine.
TEST_F(HardwareKey, AStartWaitsForTheTokensAsLongAsTheSettingSays) {
  const std::string elsewhere = tokens_.tokens() + ".away";
  std::filesystem::rename(tokens_.tokens(), elsewhere);
  ServerProcess patient(database_, {{"keys.kek", ""},
                                    {"key_encryption.source", "pkcs11"},
                                    {"pkcs11.module", pkcs11::kSoftHsm},
                                    {"pkcs11.uri", "pkcs11:token=signet;object=kek"},
                                    {"pkcs11.pin_file", pin_file_}});
  patient.Export("SOFTHSM2_CONF", tokens_.configuration());
  patient.Launch();
  while (patient.log().find("waiting for the hardware module") == std::string::npos) {
    ASSERT_FALSE(patient.AwaitEnd(absl::Milliseconds(20))) << patient.log();
  }
  std::filesystem::rename(elsewhere, tokens_.tokens());
  EXPECT_TRUE(patient.AwaitServing()) << patient.log();
}

}  // namespace
}  // namespace signet::tests
