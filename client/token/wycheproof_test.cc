// Published JWS and JWK vectors against the whole way: JWK Set text, compact JWS, verdict.
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/crypto/wycheproof_vectors.h"
#include "client/token/jws.h"
#include "client/token/key_set.h"

namespace signet::token {
namespace {

using crypto::Deviation;
using simdjson::dom::element;
using simdjson::dom::object;

void Add(std::vector<Deviation>& deviations, const std::string& file,
         const std::vector<int64_t>& cases, const std::string& reason) {
  for (const int64_t id : cases) deviations.push_back({file, id, reason});
}

const std::vector<Deviation>& Deviations() {
  static const auto* const deviations = [] {
    auto* table = new std::vector<Deviation>;
    const std::string hmac = "HS256 is not on the allow-list, symmetric keys are in no key set";
    const std::string jws = "json_web_signature_test.json";
    Add(*table, jws, {1, 348, 352, 357, 358, 359, 372, 373, 376, 377}, hmac);
    Add(*table, jws, {264, 265, 266, 267}, "RS384 is not on the allow-list");
    Add(*table, jws, {268, 269, 270, 271}, "RS512 is not on the allow-list");
    Add(*table, jws, {320, 321, 322, 323}, "PS384 is not on the allow-list");
    Add(*table, jws, {325, 326, 327, 328}, "PS512 is not on the allow-list");
    Add(*table, jws, {346, 350}, "the token says PS384 and its key PS256: one key, one algorithm");
    Add(*table, jws, {347, 351}, "ES512 is not on the allow-list");
    Add(*table, "json_web_key_test.json", {2, 13, 14, 15}, hmac);
    Add(*table, "json_web_crypto_test.json", {1, 48}, hmac);
    return table;
  }();
  return *deviations;
}

// A single JWK becomes a set of one; groups of symmetric keys have no public half.
std::string KeySetText(const object& group) {
  element keys;
  if (group["public"].get(keys)) keys = group["private"];
  std::string text = simdjson::minify(keys);
  object set;
  element ignored;
  if (!keys.get(set) && !set["keys"].get(ignored)) return text;
  return keys.is_array() ? absl::StrCat("{\"keys\":", text, "}")
                         : absl::StrCat("{\"keys\":[", text, "]}");
}

bool Accepts(const object& group, const object& test) {
  const auto keys = ParseKeySet(KeySetText(group));
  if (!keys.ok()) return false;
  const element jws = test["jws"];
  std::string_view compact;
  const std::string json = simdjson::minify(jws);  // the JSON serialization, where it is no string
  if (jws.get(compact)) compact = json;
  const auto verdict = VerifyJws(absl::string_view(compact.data(), compact.size()), *keys);
  return std::holds_alternative<VerifiedJws>(verdict);
}

bool IsJws(const object&, const object& test) {
  element ignored;
  return !test["jws"].get(ignored);
}

TEST(Wycheproof, SignaturesAreJudgedAsPublished) {
  EXPECT_EQ(crypto::RunVectors("json_web_signature_test.json", Deviations(), IsJws, Accepts), 401);
}

TEST(Wycheproof, KeysAreJudgedAsPublished) {
  EXPECT_EQ(crypto::RunVectors("json_web_key_test.json", Deviations(), IsJws, Accepts), 26);
}

// The other 34 are encryption (JWE), which Signet does not do.
TEST(Wycheproof, SignaturesOfTheCombinedFileAreJudgedAsPublished) {
  EXPECT_EQ(crypto::RunVectors("json_web_crypto_test.json", Deviations(), IsJws, Accepts), 49);
}

}  // namespace
}  // namespace signet::token
