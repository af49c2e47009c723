#include "server/vault/vault_api.h"

#include <gmock/gmock.h>

#include "server/vault/fake_vault.h"
#include "server/vault/kv_secret.h"

namespace signet::vault {
namespace {

using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

const char kKv[] = "GET /v1/secret/data/signet/kek";

std::string Kv(const std::string& data) {
  return absl::StrCat(
      R"({"request_id":"b3f0","lease_id":"","renewable":false,"lease_duration":0,"data":{"data":)",
      data,
      R"(,"metadata":{"created_time":"2026-11-26T14:02:11Z","custom_metadata":null,)"
      R"("deletion_time":"","destroyed":false,"version":3}},"wrap_info":null,"warnings":null,)"
      R"("auth":null,"mount_type":"kv"})");
}

class VaultApiTest : public testing::Test {
 protected:
  absl::StatusOr<VaultAnswer> Ask(const VaultApi& api, const std::string& path = "a/b") {
    return api.Call(VaultMethod::kRead, path, base::Secret("hvs.token"), {});
  }

  FakeVault vault_;
  CountingObserver observer_;
};

// R-306: what Vault needs to see.
TEST_F(VaultApiTest, AsksWithTokenAndNamespace) {
  const VaultApi api({.addresses = {vault_.url()}, .name_space = "team/id"}, observer_);
  vault_.Answer("GET /v1/a/b", R"({"data":{"x":"y"}})");
  const auto answer = Ask(api);
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->Text("/data/x")->reveal(), "y");
  EXPECT_FALSE(answer->Text("/data/z"));
  EXPECT_THAT(vault_.last().headers,
              AllOf(HasSubstr("X-Vault-Token: hvs.token"), HasSubstr("X-Vault-Namespace: team/id"),
                    HasSubstr("X-Vault-Request: true")));
  EXPECT_EQ(observer_.results[VaultResult::kDone], 1);
}

TEST_F(VaultApiTest, SaysWhatVaultSaid) {
  const VaultApi api({.addresses = {vault_.url()}}, observer_);
  vault_.Refuse("GET /v1/a/b", "403 Forbidden", "1 error occurred:\\n\\t* permission denied\\n\\n");
  const auto refused = Ask(api).status();
  EXPECT_TRUE(absl::IsPermissionDenied(refused));
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("403 to a/b"), HasSubstr("permission denied"), Not(HasSubstr("hvs.")),
                    Not(HasSubstr("\n"))));
  EXPECT_TRUE(absl::IsNotFound(Ask(api, "unknown").status()));
  EXPECT_EQ(observer_.results[VaultResult::kRefused], 2);
}

// R-407: sealed, standing by, too busy, gone, slow, flooding, or no Vault at all.
TEST_F(VaultApiTest, WhatIsNoWordOfVaultsIsUnavailable) {
  const VaultApi api({.addresses = {vault_.url()}, .timeout = absl::Milliseconds(300)}, observer_);
  const FakeVault::Reply replies[] = {
      FakeVault::Sealed(),
      {.status = "429 Too Many Requests", .body = R"({"errors":["request path rate limited"]})"},
      {.status = "500 Internal Server Error", .body = R"({"errors":["internal error"]})"},
      {.status = "307 Temporary Redirect"},
      {.body = "<html>hello"},
      {.body = R"({"data":{"a":1},"data":{"a":2}})"},
      {.body = std::string(300 << 10, ' ')},
      {.silent = true}};
  for (const auto& reply : replies) {
    vault_.Answer("GET /v1/a/b", reply);
    EXPECT_TRUE(absl::IsUnavailable(Ask(api).status())) << reply.status << reply.body.substr(0, 20);
  }
  EXPECT_EQ(observer_.results[VaultResult::kUnavailable], 8);
}

// R-407
TEST_F(VaultApiTest, GoesOnToTheNextAddressAndStaysThere) {
  FakeVault second;
  second.Answer("GET /v1/a/b", "{}");
  const VaultApi api({.addresses = {"http://127.0.0.1:1", vault_.url(), second.url()}}, observer_);
  vault_.Leave();
  EXPECT_TRUE(Ask(api).ok());
  EXPECT_TRUE(Ask(api).ok());
  EXPECT_EQ(vault_.asked(), 1) << "the one that answered is asked first";
  EXPECT_EQ(second.asked(), 2);
  vault_.Return();
  second.Leave();
  EXPECT_TRUE(absl::IsNotFound(Ask(api).status())) << "a word of Vault's: no other one is asked";
  EXPECT_EQ(observer_.results[VaultResult::kUnavailable], 0);
}

// R-306: the key-encryption key of a KV engine.
TEST_F(VaultApiTest, ReadsAFieldOfAKvSecret) {
  FakeLogin login(vault_);
  vault_.Answer(kKv, Kv(R"({"kek":"00ff","other":7})"));
  EXPECT_EQ(ReadKvSecret(login.session, "secret", "signet/kek", "kek")->reveal(), "00ff");
  const auto other = ReadKvSecret(login.session, "secret", "signet/kek", "other").status();
  EXPECT_TRUE(absl::IsNotFound(other));
  EXPECT_THAT(std::string(other.message()), HasSubstr("field other"));
  // Of a deleted version Vault says 404, with the metadata.
  vault_.Answer(kKv, {.status = "404 Not Found", .body = Kv("null")});
  EXPECT_TRUE(
      absl::IsNotFound(ReadKvSecret(login.session, "secret", "signet/kek", "kek").status()));
}

}  // namespace
}  // namespace signet::vault
