#pragma once

#include <memory>
#include <string>
#include <vector>

#include "client/token/token_fixture.h"
#include "gtest/gtest.h"
#include "server/domain/fakes/fake_gateway_observer.h"
#include "server/domain/gateways/judge_request.h"

// For tests alone: rules of every kind, and a token that is good for some of them.
namespace signet::domain {

class JudgeFixture : public ::testing::Test {
 protected:
  JudgeFixture() {
    auto rules = AuthzRules::Make({{"/public/", "anonymous", "true", 1},
                                   {"/public/", "token", "remove", 2},
                                   {"/open/", "anonymous", "true", 3},
                                   {"/api/", "audience", "api", 4},
                                   {"POST,DELETE /api/", "audience", "api", 5},
                                   {"POST,DELETE /api/", "scopes", "api.write", 6},
                                   {"/bare/", "audience", "api", 7},
                                   {"/bare/", "token", "remove", 8},
                                   {"/scoped/", "audience", "api", 9},
                                   {"/scoped/", "scopes", "openid orders", 10},
                                   {"/other/", "audience", "somebody-else", 11},
                                   {"/admin/", "audience", "api", 12},
                                   {"/admin/", "permissions", "keys.manage", 13},
                                   {"inner.example.com/", "audience", "api", 14},
                                   {"inner.example.com/", "permissions", "keys.manage", 15}});
    EXPECT_TRUE(rules.ok()) << rules.status();
    judge_ =
        std::make_unique<JudgeRequest>(*std::move(rules), validate_, observer_, nullptr, "session");
  }

  static constexpr absl::string_view kHost = "api.example.com";
  const absl::Time now_ = token::At(1500);
  base::Snapshot<token::KeySet> keys_{
      std::make_shared<token::KeySet>(token::SetOf("k1", token::TestKey(), 7))};
  base::Snapshot<token::RevocationSet> revocations_{std::make_shared<token::RevocationSet>()};
  token::AccessTokenVerifier verifier_{{.issuer = "https://id.example.com"}, keys_, revocations_};
  ValidateToken validate_{verifier_, keys_, revocations_, {}};
  FakeGatewayObserver observer_;
  std::unique_ptr<JudgeRequest> judge_;
  const std::string bearer_ =
      "Bearer " + token::SignClaims(token::TestKey(), "k1", token::SomeClaims());
};

}  // namespace signet::domain
