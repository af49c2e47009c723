#include "server/signing/mail_seal.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/signing/fake_key_store.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

const absl::Time kNow = absl::FromUnixSeconds(1'795'000'000);

class MailSealTest : public ::testing::Test {
 protected:
  std::unique_ptr<AeadMailSealer> Create() { return *AeadMailSealer::Create(store_, kek_); }

  static domain::OutgoingMail Reset() {
    domain::OutgoingMail mail;
    mail.kind = domain::MailKind::kPasswordReset;
    mail.user_id = base::UserId::New(kNow);
    mail.address = "ada@example.com";
    mail.token = base::Secret("sge_canary");
    return mail;
  }

  FakeKeyStore store_;
  const KeyEncryptionKey kek_ = TestKek();
};

// any replica sends what any other wrote.
TEST_F(MailSealTest, EveryReplicaOpensWhatAnotherSealed) {
  const auto row = Create()->Seal(Reset(), kNow);
  const auto mail = Create()->Open(row);
  ASSERT_TRUE(mail.ok()) << mail.status();
  EXPECT_EQ(mail->address, "ada@example.com");
  EXPECT_EQ(mail->token.reveal(), "sge_canary");
  EXPECT_EQ(mail->kind, domain::MailKind::kPasswordReset);
  EXPECT_EQ(row.created_at, kNow);
  EXPECT_EQ(row.due_at, kNow);
}

// whoever reads the database learns no token and no address.
TEST_F(MailSealTest, TheRowShowsNeitherTokenNorAddress) {
  const auto row = Create()->Seal(Reset(), kNow);
  EXPECT_THAT(row.sealed, Not(testing::HasSubstr("canary")));
  EXPECT_THAT(row.sealed, Not(testing::HasSubstr("ada")));
}

// Or whoever can write to the database would have a reset mail sent to an address of their own.
TEST_F(MailSealTest, AMailThatWasMovedOrChangedDoesNotOpen) {
  const auto sealer = Create();
  const auto row = sealer->Seal(Reset(), kNow);
  auto other_user = row;
  other_user.user_id = base::UserId::New(kNow);
  auto other_id = row;
  other_id.id = base::Uuid::NewV7(kNow);
  auto other_kind = row;
  other_kind.kind = domain::MailKind::kPasswordChanged;
  auto changed = row;
  changed.sealed.back() ^= 1;
  for (const auto& wrong : {other_user, other_id, other_kind, changed}) {
    EXPECT_EQ(sealer->Open(wrong).status().code(), absl::StatusCode::kDataLoss);
  }
}

}  // namespace
}  // namespace signet::signing
