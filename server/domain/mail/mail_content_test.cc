#include "server/domain/mail/mail_content.h"

#include <gtest/gtest.h>

namespace signet::domain {
namespace {

OutgoingMail Everything() {
  OutgoingMail mail;
  mail.address = "ada@example.com";
  mail.at = absl::FromUnixMicros(1'795'000'000'123'456);
  mail.token = base::Secret("sge_token");
  mail.network_address = "192.0.2.1";
  mail.device = "Ada's laptop";
  mail.new_email = "ada@example.org";
  mail.change = "TOTP was switched on";
  mail.until = absl::FromUnixSeconds(1'795'000'900);
  return mail;
}

TEST(MailContent, ComesBackAsItWasEncoded) {
  const OutgoingMail mail = Everything();
  const auto decoded = DecodeMailContent(EncodeMailContent(mail).reveal());
  ASSERT_TRUE(decoded);
  EXPECT_EQ(decoded->address, mail.address);
  EXPECT_EQ(decoded->at, mail.at);
  EXPECT_EQ(decoded->token.reveal(), mail.token.reveal());
  EXPECT_EQ(decoded->network_address, mail.network_address);
  EXPECT_EQ(decoded->device, mail.device);
  EXPECT_EQ(decoded->new_email, mail.new_email);
  EXPECT_EQ(decoded->change, mail.change);
  EXPECT_EQ(decoded->until, mail.until);
}

TEST(MailContent, BytesThatWereCutAreNoMail) {
  const base::Secret whole = EncodeMailContent(Everything());
  EXPECT_FALSE(DecodeMailContent(whole.reveal().substr(0, whole.size() - 1)));
  EXPECT_FALSE(DecodeMailContent(whole.reveal().substr(0, 3)));
}

TEST(MailContent, AFieldOfANewerVersionIsPassedOver) {
  std::string bytes(EncodeMailContent(Everything()).reveal());
  bytes += std::string("\x63\0\0\0\2hi", 7);
  ASSERT_TRUE(DecodeMailContent(bytes));
  EXPECT_EQ(DecodeMailContent(bytes)->address, "ada@example.com");
}

TEST(MailContent, AnOverlongDetailIsCut) {
  OutgoingMail mail = Everything();
  mail.device = std::string(5000, 'x');
  EXPECT_EQ(DecodeMailContent(EncodeMailContent(mail).reveal())->device.size(), 512u);
}

}  // namespace
}  // namespace signet::domain
