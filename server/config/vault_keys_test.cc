#include "server/config/vault_keys.h"

#include <gmock/gmock.h>

#include "server/config/problems_of.h"

namespace signet::config {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::map<std::string, std::string> WithVault() {
  return {{"SIGNET_VAULT_ADDRESSES", "https://v1.example:8200, https://v2.example:8200"},
          {"SIGNET_VAULT_ROLE", "role-id"},
          {"SIGNET_VAULT_SECRET_FILE", "/nonexistent/secret-id"},
          {"SIGNET_VAULT_DATABASE_ROLE", "signet"},
          {"SIGNET_KEY_ENCRYPTION_SOURCE", "vault_transit"}};
}

// with the key in Vault no other is needed, and files stay the default.
TEST(VaultKeysTest, AKeyInVaultReplacesTheOtherOne) {
  EXPECT_THAT(ProblemsOf(WithVault()), IsEmpty());
  EXPECT_THAT(ProblemsOf({}), ElementsAre(HasSubstr("keys.kek is required")));
}

TEST(VaultKeysTest, KubernetesNeedsARoleAlone) {
  auto environment = WithVault();
  environment.erase("SIGNET_VAULT_SECRET_FILE");
  EXPECT_THAT(ProblemsOf(environment), ElementsAre(HasSubstr("vault.secret is required")));
  environment["SIGNET_VAULT_LOGIN"] = "kubernetes";
  EXPECT_THAT(ProblemsOf(environment), IsEmpty());
}

TEST(VaultKeysTest, EachRefusalNamesItsKey) {
  const std::tuple<const char*, const char*, const char*> cases[] = {
      {"SIGNET_VAULT_ADDRESSES", "http://v1.example:8200", "vault.addresses"},
      {"SIGNET_VAULT_ADDRESSES", "https://v1.example:8200/v1", "vault.addresses"},
      {"SIGNET_VAULT_ADDRESSES", "https://token@v1.example", "vault.addresses"},
      {"SIGNET_VAULT_ROLE", "", "vault.role"},
      {"SIGNET_VAULT_MOUNT", "../sys", "vault.mount"},
      {"SIGNET_VAULT_DATABASE_ROLE", "a b", "vault.database_role"},
      {"SIGNET_VAULT_DATABASE_MOUNT", "/database", "vault.database_mount"},
      {"SIGNET_VAULT_NAMESPACE", "a b", "vault.namespace"},
      {"SIGNET_KEY_ENCRYPTION_VAULT_NAME", "a?b", "key_encryption.vault_name"},
      {"SIGNET_KEY_ENCRYPTION_VAULT_MOUNT", "a//b", "key_encryption.vault_mount"},
      {"SIGNET_KEY_ENCRYPTION_VAULT_FIELD", "a/b", "key_encryption.vault_field"},
      {"SIGNET_DATABASE_PASSWORD", "secret", "database.password"},
      {"SIGNET_DATABASE_POOLER", "transaction", "database.pooler"},
      {"SIGNET_KEYS_KEK", "secret", "keys.kek"},
      {"SIGNET_KEY_ENCRYPTION_SOURCE", "vault", "key_encryption.source"}};
  for (const auto& [name, value, path] : cases) {
    auto environment = WithVault();
    environment[name] = value;
    const auto problems = ProblemsOf(environment);
    ASSERT_FALSE(problems.empty()) << name << "=" << value;
    EXPECT_THAT(problems.front(), HasSubstr(path));
  }
}

TEST(VaultKeysTest, WhatIsInVaultNeedsAnAddressOfIt) {
  auto environment = WithVault();
  environment.erase("SIGNET_VAULT_ADDRESSES");
  EXPECT_THAT(ProblemsOf(environment),
              ElementsAre(HasSubstr("vault.database_role needs vault.addresses"),
                          HasSubstr("key_encryption.source: vault_transit needs vault.addresses")));
}

}  // namespace
}  // namespace signet::config
