#include "client/token/verified_entry.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "client/token/claims_writer.h"
#include "client/token/token_fixture.h"

namespace signet::token {
namespace {

AccessTokenClaims EveryClaim() {
  AccessTokenClaims claims = SomeClaims();
  claims.audiences = {"api", "b\xc3\xbcro"};
  claims.not_before = At(1001);
  claims.scopes = {"openid", "email", "profile"};
  claims.email = "a@example.com";
  claims.auth_time = At(999);
  claims.acr = "urn:acr:1";
  claims.amr = {"pwd", "otp"};
  return claims;
}

AccessTokenClaims FewestClaims() {
  AccessTokenClaims claims = SomeClaims();
  claims.session_id.reset();
  claims.scopes.clear();
  claims.roles.clear();
  claims.permissions.clear();
  return claims;
}

VerifiedEntryRef EntryOf(const AccessTokenClaims& claims) {
  return VerifiedEntry::Make({.token = "header.payload.signature",
                              .claims = claims,
                              .key_id = "2026-11-a",
                              .key_fingerprint = {1, 2, 3},
                              .key_set_identity = 7,
                              .annotation = "kept with it"});
}

TEST(VerifiedEntry, GivesBackEveryPartAndEveryClaim) {
  for (const AccessTokenClaims& claims : {EveryClaim(), SomeClaims(), FewestClaims()}) {
    const VerifiedEntryRef entry = EntryOf(claims);
    EXPECT_EQ(ClaimsJson(entry->claims().ToClaims()), ClaimsJson(claims));
    EXPECT_EQ(entry->token(), "header.payload.signature");
    EXPECT_EQ(entry->key_id(), "2026-11-a");
    EXPECT_EQ(entry->key_fingerprint(), (crypto::Sha256Digest{1, 2, 3}));
    EXPECT_EQ(entry->key_set_identity(), 7u);
    EXPECT_EQ(entry->annotation(), "kept with it");
    EXPECT_EQ(entry->audiences(), claims.audiences);
    EXPECT_EQ(entry->token_id(), claims.token_id);
    EXPECT_EQ(entry->session_id(), claims.session_id.value_or(""));
    EXPECT_EQ(entry->subject(), claims.subject);
    EXPECT_EQ(entry->expires_at(), 1900);
    EXPECT_EQ(entry->issued_at(), 1000);
  }
  EXPECT_EQ(EntryOf(EveryClaim())->not_before(), 1001);
  EXPECT_LT(EntryOf(SomeClaims())->not_before(), 0);
}

TEST(VerifiedEntry, AListHasItsTextsInOrder) {
  const VerifiedEntryRef entry = EntryOf(EveryClaim());
  const ClaimsView claims = entry->claims();
  std::vector<std::string> scopes;
  for (const absl::string_view scope : claims.scopes) scopes.emplace_back(scope);
  EXPECT_EQ(scopes, (std::vector<std::string>{"openid", "email", "profile"}));
  EXPECT_EQ(claims.scopes.size(), 3u);
  EXPECT_FALSE(claims.scopes.empty());
  EXPECT_TRUE(EntryOf(FewestClaims())->claims().scopes.empty());
  EXPECT_EQ(EntryOf(FewestClaims())->claims().scopes.size(), 0u);
}

// What a text is packed beside must not decide where it ends.
TEST(VerifiedEntry, TextsOfEverySizeKeepTheirPlace) {
  for (size_t size = 0; size < 40; ++size) {
    AccessTokenClaims claims = EveryClaim();
    claims.token_id = std::string(size + 1, 't');
    claims.audiences[0] = std::string(3 * size + 1, 'a');
    claims.permissions = {std::string(5000, 'p'), "", std::string(size, 'q')};
    EXPECT_EQ(ClaimsJson(EntryOf(claims)->claims().ToClaims()), ClaimsJson(claims));
  }
}

TEST(VerifiedEntry, LivesAsLongAsItsLastReference) {
  VerifiedEntryRef first = EntryOf(SomeClaims());
  VerifiedEntryRef second = first;
  EXPECT_EQ(first.get(), second.get());
  first = EntryOf(EveryClaim());
  EXPECT_EQ(second->claims().subject, "user-1");
  const VerifiedEntryRef moved = std::move(second);
  EXPECT_EQ(moved->claims().subject, "user-1");
  const VerifiedEntryRef& same = first;
  first = same;
  EXPECT_EQ(first->claims().email, "a@example.com");
}

// One cache line before the token, and not much beside what is in it: what fits into the cache.
TEST(VerifiedEntry, IsNotMuchLargerThanItsTexts) {
  const AccessTokenClaims claims = EveryClaim();
  const size_t texts = ClaimsJson(claims).size() + std::string("header.payload.signature").size();
  EXPECT_LT(EntryOf(claims)->size(), texts + 200);
}

}  // namespace
}  // namespace signet::token
