// R-305: who holds which key set, as fake and PostgreSQL keep it.

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

domain::KeySetVerifier Verifier(const std::string& id, int64_t version) {
  domain::KeySetVerifier verifier;
  verifier.id = id;
  verifier.name = "name of " + id;
  verifier.version = version;
  return verifier;
}

template <typename Stores>
class KeySetVerifierStoreTest : public testing::Test {
 protected:
  absl::Status Report(const std::string& replica, const std::vector<domain::KeySetVerifier>& seen,
                      const std::vector<std::string>& left = {}, absl::Time now = kNow) {
    return stores_.verifiers.Report(replica, seen, left, now);
  }
  std::vector<std::string> Listed(absl::Time since = kNow) {
    std::vector<std::string> all;
    const domain::KeySetStanding standing = stores_.verifiers.List(since).value();
    for (const auto& verifier : standing.verifiers) {
      EXPECT_EQ(verifier.name, "name of " + verifier.id);
      all.push_back(absl::StrCat(verifier.id, "@", verifier.version, " at ", verifier.replica));
    }
    return all;
  }
  Stores stores_;
};
TYPED_TEST_SUITE(KeySetVerifierStoreTest, AllStores, StoresName);

TYPED_TEST(KeySetVerifierStoreTest, NobodyIsThereAtFirst) {
  const auto standing = this->stores_.verifiers.List(absl::UnixEpoch()).value();
  EXPECT_EQ(standing.version, 0);
  EXPECT_THAT(standing.verifiers, IsEmpty());
  EXPECT_TRUE(this->Report("one", {}, {}).ok());
}

TYPED_TEST(KeySetVerifierStoreTest, AreListedByVersionAndName) {
  ASSERT_TRUE(this->Report("one", {Verifier("c", 2), Verifier("a", 3)}).ok());
  ASSERT_TRUE(this->Report("two", {Verifier("b", 2)}).ok());
  EXPECT_THAT(this->Listed(), ElementsAre("b@2 at two", "c@2 at one", "a@3 at one"));
  EXPECT_EQ(this->stores_.verifiers.List(kNow).value().verifiers[0].seen_at, kNow);
}

TYPED_TEST(KeySetVerifierStoreTest, CountOnlyFromWhenTheyWereSeenLast) {
  ASSERT_TRUE(this->Report("one", {Verifier("a", 1), Verifier("b", 1)}).ok());
  ASSERT_TRUE(this->Report("one", {Verifier("a", 1)}, {}, kNow + absl::Seconds(5)).ok());
  EXPECT_THAT(this->Listed(kNow + absl::Seconds(1)), ElementsAre("a@1 at one"));
}

// A replica that still believes in a dead connection reports what the verifier held then.
TYPED_TEST(KeySetVerifierStoreTest, AVersionNeverFalls) {
  ASSERT_TRUE(this->Report("two", {Verifier("a", 5)}).ok());
  ASSERT_TRUE(this->Report("one", {Verifier("a", 4)}).ok());
  EXPECT_THAT(this->Listed(), ElementsAre("a@5 at one"));
}

TYPED_TEST(KeySetVerifierStoreTest, WhoLeftIsForgottenWhereNoOtherReplicaHasSeenItSince) {
  ASSERT_TRUE(this->Report("one", {Verifier("a", 1), Verifier("b", 1)}).ok());
  ASSERT_TRUE(this->Report("two", {Verifier("b", 1)}).ok());
  ASSERT_TRUE(this->Report("one", {}, {"a", "b", "never there"}).ok());
  EXPECT_THAT(this->Listed(), ElementsAre("b@1 at two"));
}

TYPED_TEST(KeySetVerifierStoreTest, TheStandingHasTheVersionThatIsStored) {
  domain::SigningKeyRecord key;
  key.kid = "2026-11-a";
  key.algorithm = "ES256";
  key.created_at = kNow;
  ASSERT_TRUE(this->stores_.keys
                  .InsertPrepared(key, Audited(domain::AuditAction::kKeyPrepare), domain::kUnfenced)
                  .value());
  EXPECT_EQ(this->stores_.verifiers.List(kNow).value().version,
            this->stores_.keys.Load().value().version);
  EXPECT_GT(this->stores_.verifiers.List(kNow).value().version, 0);
}

TYPED_TEST(KeySetVerifierStoreTest, TheOldOnesAreForgotten) {
  ASSERT_TRUE(this->Report("one", {Verifier("a", 1)}).ok());
  ASSERT_TRUE(this->Report("one", {Verifier("b", 1)}, {}, kNow + absl::Seconds(5)).ok());
  ASSERT_TRUE(this->stores_.verifiers.Forget(kNow + absl::Seconds(5)).ok());
  EXPECT_THAT(this->Listed(absl::UnixEpoch()), ElementsAre("b@1 at one"));
}

}  // namespace
}  // namespace signet::conformance
