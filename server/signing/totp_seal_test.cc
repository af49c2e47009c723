#include "server/signing/totp_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/signing/fake_key_store.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

const absl::Time kSealedAt = absl::FromUnixSeconds(1'795'000'000);

// sealed at rest, opened by every replica, and by nobody for another person.
TEST(TotpSealTest, ASecretOpensForItsPersonAlone) {
  FakeKeyStore store;
  const KeyEncryptionKey kek = TestKek();
  const auto one = *AeadTotpSealer::Create(store, kek);
  const auto other = *AeadTotpSealer::Create(store, kek);
  const auto ada = base::UserId::New(kSealedAt);
  const auto sealed = one->Seal(ada, base::Secret("twenty bytes of it.."));
  ASSERT_TRUE(sealed.ok());
  EXPECT_THAT(*sealed, Not(testing::HasSubstr("twenty")));
  EXPECT_EQ(other->Open(ada, *sealed)->reveal(), "twenty bytes of it..");
  EXPECT_EQ(one->Open(base::UserId::New(kSealedAt), *sealed).status().code(),
            absl::StatusCode::kDataLoss);
  std::string changed = *sealed;
  changed.back() = static_cast<char>(changed.back() ^ 1);
  EXPECT_EQ(one->Open(ada, changed).status().code(), absl::StatusCode::kDataLoss);
}

}  // namespace
}  // namespace signet::signing
