#include "server/vault/transit_seal.h"

#include <gmock/gmock.h>

#include "server/vault/fake_vault.h"

namespace signet::vault {
namespace {

const char kEncrypt[] = "POST /v1/transit/encrypt/signet";
const char kDecrypt[] = "POST /v1/transit/decrypt/signet";

class TransitSealTest : public testing::Test {
 protected:
  FakeVault vault_;
  FakeLogin login_{vault_};
  TransitSeal seal_{login_.session, "transit", "signet"};
};

// R-306
TEST_F(TransitSealTest, SealsThereWithTheContextAsAssociatedData) {
  EXPECT_EQ(seal_.id(), "vault:transit/signet");
  vault_.Answer(kEncrypt,
                R"({"request_id":"1","lease_id":"","data":{"ciphertext":"vault:v1:abcd==",)"
                R"("key_version":1},"warnings":null,"mount_type":"transit"})");
  EXPECT_EQ(*seal_.Seal(base::Secret("key"), "kid\nES256"), "vault:v1:abcd==");
  EXPECT_EQ(vault_.last().body, R"({"plaintext":"a2V5","associated_data":"a2lkCkVTMjU2"})");
  vault_.Answer(kDecrypt, R"({"request_id":"2","lease_id":"","data":{"plaintext":"a2V5"}})");
  EXPECT_EQ(seal_.Open("vault:v1:abcd==", "kid\nES256")->reveal(), "key");
  EXPECT_EQ(vault_.last().body,
            R"({"ciphertext":"vault:v1:abcd==","associated_data":"a2lkCkVTMjU2"})");
}

// R-306: moved or changed is no outage, and an outage is no damage.
TEST_F(TransitSealTest, TellsDamageFromAbsence) {
  vault_.Refuse(kDecrypt, "400 Bad Request", "cipher: message authentication failed");
  EXPECT_TRUE(absl::IsDataLoss(seal_.Open("vault:v1:abcd==", "moved").status()));
  vault_.Refuse(kDecrypt, "403 Forbidden", "permission denied");
  EXPECT_TRUE(absl::IsPermissionDenied(seal_.Open("vault:v1:abcd==", "kid").status()));
  vault_.Answer(kDecrypt, R"({"data":{"plaintext":"%"}})");
  EXPECT_TRUE(absl::IsUnavailable(seal_.Open("vault:v1:abcd==", "kid").status()));
  vault_.Leave();
  EXPECT_TRUE(absl::IsUnavailable(seal_.Open("vault:v1:abcd==", "kid").status()));
  EXPECT_TRUE(absl::IsUnavailable(seal_.Seal(base::Secret("key"), "kid").status()));
}

// A row that a file's key sealed.
TEST_F(TransitSealTest, DoesNotAskAboutWhatIsNotOfVault) {
  EXPECT_TRUE(absl::IsDataLoss(seal_.Open("\x01\xff\x02", "kid").status()));
  EXPECT_TRUE(absl::IsDataLoss(seal_.Open("vault:v1:\xff", "kid").status()));
  EXPECT_EQ(vault_.asked(), 0);
}

}  // namespace
}  // namespace signet::vault
