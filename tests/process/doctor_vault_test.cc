// `signetd doctor` where Vault keeps the key-encryption key and gives the credentials
// of the database.

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/vault/fake_vault.h"
#include "tests/harness/transit_server.h"
#include "tests/process/doctor_fixture.h"

namespace signet::tests {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using vault::FakeVault;

ServerProcess::Settings KeptByTransit(const TransitServer& transit) {
  return {{"keys.kek", ""},
          {"key_encryption.source", "vault_transit"},
          {"vault.addresses", transit.url()},
          {"vault.role", "role"},
          {"vault.secret", "secret"}};
}

TEST(DoctorOfVault, AKeyOfTheTransitEngineIsTriedAndWhatDoesNotAnswerIsSaidOnce) {
  TransitServer transit;
  const TestDatabase database;
  ServerProcess server(database, KeptByTransit(transit));
  server.Start();
  const auto examine = [&](const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"doctor", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ReadReport(server.RunCommand(arguments));
  };
  const Report well = examine();
  EXPECT_EQ(well.exit_code, 0) << well.text;
  EXPECT_THAT(well.Unwell(), IsEmpty()) << well.text;
  EXPECT_EQ(well.seen.at("vault"),
            "Vault lets the service log in, its key-encryption key seals and opens");
  EXPECT_EQ(well.verdicts.at("keys"), "ok");

  // A key that the engine does not have: what the server needs is refused.
  const Report other = examine({"--key_encryption.vault_name=another"});
  EXPECT_EQ(other.exit_code, 1);
  EXPECT_THAT(other.Unwell(), ElementsAre("keys=fail", "vault=fail")) << other.text;

  const Report gone = examine({absl::StrCat("--vault.addresses=http://127.0.0.1:", FreePort())});
  EXPECT_EQ(gone.exit_code, 1);
  EXPECT_THAT(gone.Unwell(), ElementsAre("keys=fail", "vault=fail")) << gone.text;
  EXPECT_THAT(gone.text, AllOf(HasSubstr("do as the check `vault` says"),
                               HasSubstr("docs/runbooks/vault.md#signetvaultfails")));
}

TEST(DoctorOfVault, TheDatabaseIsExaminedWithTheCredentialsThatVaultGives) {
  const TestDatabase database;
  FakeVault vault;
  vault.Answer(FakeVault::kLogin, FakeVault::Token("hvs.first", 60));
  vault.Answer(FakeVault::kCredentials, FakeVault::Credentials("doctor-lease", 60));
  ServerProcess server(database);
  server.Start();
  server.Terminate();
  const auto examine = [&] {
    return ReadReport(
        server.RunCommand({"doctor", "--json", absl::StrCat("--vault.addresses=", vault.url()),
                           "--vault.role=role", "--vault.database_role=signet"},
                          "", {{"SIGNET_VAULT_SECRET", "secret-id"}}));
  };
  // Vault says that it made the role, and PostgreSQL knows none.
  const Report unknown = examine();
  EXPECT_EQ(unknown.verdicts.at("vault"), "ok") << unknown.text;
  EXPECT_EQ(unknown.verdicts.at("database"), "fail") << unknown.text;
  EXPECT_THAT(unknown.text, Not(HasSubstr("p-of-doctor-lease")));

  Sql(database, "CREATE ROLE \"doctor-lease\" LOGIN IN ROLE signet_service");
  const Report well = examine();
  EXPECT_EQ(well.exit_code, 0) << well.text;
  EXPECT_THAT(well.Unwell(), IsEmpty()) << well.text;
  EXPECT_EQ(well.seen.at("vault"),
            "Vault lets the service log in, gives the database's credentials");

  vault.Refuse(FakeVault::kCredentials, "403 Forbidden", "permission denied");
  const Report refused = examine();
  EXPECT_EQ(refused.verdicts.at("vault"), "fail") << refused.text;
  EXPECT_THAT(refused.seen.at("vault"), HasSubstr("permission denied"));
}

}  // namespace
}  // namespace signet::tests
