#include "server/signing/sealed_key.h"

#include <memory>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

domain::SigningKeyRecord SealNew(absl::string_view kid,
                                 crypto::Algorithm algorithm = crypto::Algorithm::kEs256) {
  return *SealKey(TestKek(), kid, *crypto::SigningKey::Generate(algorithm));
}

class EveryAlgorithmTest : public ::testing::TestWithParam<crypto::Algorithm> {};

TEST_P(EveryAlgorithmTest, AKeyComesBackFromItsSealAndProvesItself) {
  const auto record = SealNew("2026-11-a", GetParam());
  EXPECT_EQ(record.algorithm, std::string(crypto::AlgorithmName(GetParam())));
  const auto key = OpenKey(TestKek(), record);
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_EQ(key->algorithm(), GetParam());
  EXPECT_TRUE(ProveKey(TestKek(), record).ok());
}

INSTANTIATE_TEST_SUITE_P(SealedKeyTest, EveryAlgorithmTest,
                         ::testing::Values(crypto::Algorithm::kRs256, crypto::Algorithm::kPs256,
                                           crypto::Algorithm::kEs256, crypto::Algorithm::kEs384,
                                           crypto::Algorithm::kEdDsa));

//
TEST(SealedKeyTest, ThePrivateHalfIsNowhereInTheRecord) {
  const auto key = crypto::SigningKey::Generate(crypto::Algorithm::kEdDsa);
  const auto record = SealKey(TestKek(), "2026-11-a", *key);
  const auto der = key->ToPkcs8();
  const std::string seed(der->reveal().substr(der->size() - 32));  // RFC 8410: the last 32 bytes
  EXPECT_THAT(record->sealed_private, Not(HasSubstr(seed)));
  EXPECT_THAT(record->public_jwk, Not(HasSubstr("\"d\"")));
}

// Somebody who keeps the key, and can be away.
class FarKeeper final : public domain::RemoteSeal {
 public:
  const std::string& id() const override { return id_; }
  absl::StatusOr<std::string> Seal(const base::Secret& plaintext,
                                   absl::string_view context) const override {
    if (away) return absl::UnavailableError("away");
    return TestKek().Seal(plaintext, context);
  }
  absl::StatusOr<base::Secret> Open(absl::string_view sealed,
                                    absl::string_view context) const override {
    if (away) return absl::UnavailableError("away");
    return TestKek().Open(sealed, context);
  }
  bool away = false;

 private:
  const std::string id_ = "far";
};

// where the key is kept elsewhere, an absence is waited for, and is no damage.
TEST(SealedKeyTest, AKeyThatIsKeptElsewhereIsAskedAndMayBeAway) {
  const auto keeper = std::make_shared<FarKeeper>();
  const KeyEncryptionKey kek = KeyEncryptionKey::Remote(keeper);
  auto record = SealKey(kek, "2026-11-a", *crypto::SigningKey::Generate(crypto::Algorithm::kEs256));
  ASSERT_TRUE(record.ok()) << record.status();
  EXPECT_EQ(record->kek_id, "far");
  EXPECT_TRUE(OpenKey(kek, *record).ok());
  keeper->away = true;
  EXPECT_EQ(OpenKey(kek, *record).status().code(), absl::StatusCode::kUnavailable);
  keeper->away = false;
  record->kid = "2026-11-b";
  EXPECT_EQ(OpenKey(kek, *record).status().code(), absl::StatusCode::kDataLoss);
}

//
TEST(SealedKeyTest, AnotherKeyEncryptionKeyIsRefusedWithBothNames) {
  const auto record = SealNew("2026-11-a");
  const auto key = OpenKey(TestKek('2'), record);
  EXPECT_EQ(key.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(
      std::string(key.status().message()),
      AllOf(HasSubstr("2026-11-a"), HasSubstr(TestKek('1').id()), HasSubstr(TestKek('2').id())));
}

TEST(SealedKeyTest, AForgedKeyEncryptionKeyIdDoesNotOpenAnything) {
  auto record = SealNew("2026-11-a");
  record.kek_id = TestKek('2').id();
  EXPECT_EQ(OpenKey(TestKek('2'), record).status().code(), absl::StatusCode::kDataLoss);
}

// Attack: whoever can write to the database puts an old, leaked key under a current name.
TEST(SealedKeyTest, TwoRowsCannotBeSwapped) {
  auto a = SealNew("2026-11-a");
  auto b = SealNew("2026-11-b");
  std::swap(a.sealed_private, b.sealed_private);
  EXPECT_EQ(OpenKey(TestKek(), a).status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(OpenKey(TestKek(), b).status().code(), absl::StatusCode::kDataLoss);
}

// RS256 and PS256 keys have one PKCS #8 form: only the context keeps them apart.
TEST(SealedKeyTest, AKeyCannotBeTurnedIntoOneOfAnotherAlgorithm) {
  auto record = SealNew("2026-11-a", crypto::Algorithm::kRs256);
  record.algorithm = "PS256";
  EXPECT_EQ(OpenKey(TestKek(), record).status().code(), absl::StatusCode::kDataLoss);
  record.algorithm = "HS256";
  EXPECT_EQ(OpenKey(TestKek(), record).status().code(), absl::StatusCode::kDataLoss);
}

TEST(SealedKeyTest, EveryChangedByteIsNoticed) {
  const auto record = SealNew("2026-11-a", crypto::Algorithm::kEdDsa);
  for (size_t i = 0; i < record.sealed_private.size(); ++i) {
    auto changed = record;
    changed.sealed_private[i] = static_cast<char>(changed.sealed_private[i] ^ 1);
    EXPECT_EQ(OpenKey(TestKek(), changed).status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

TEST(SealedKeyTest, ARowWhosePublicHalfIsAnotherKeysDoesNotProveItself) {
  auto record = SealNew("2026-11-a");
  record.public_jwk = SealNew("2026-11-a").public_jwk;
  EXPECT_TRUE(OpenKey(TestKek(), record).ok());
  EXPECT_EQ(ProveKey(TestKek(), record).code(), absl::StatusCode::kDataLoss);
  record.public_jwk = "{";
  EXPECT_EQ(ProveKey(TestKek(), record).code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace signet::signing
