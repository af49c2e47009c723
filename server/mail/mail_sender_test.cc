#include "server/mail/mail_sender.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/base/fake_clock.h"
#include "server/domain/fakes/fake_mail_outbox.h"

namespace signet::mail {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Outcome = Delivery::Outcome;

const absl::Time kStart = absl::FromUnixSeconds(1'795'000'000);

class ScriptedTransport final : public MailTransport {
 public:
  Delivery Send(const Letter& letter) override {
    letters.push_back(letter);
    if (on_send) on_send();
    return next;
  }
  Delivery next{Outcome::kTaken, ""};
  std::function<void()> on_send;
  std::vector<Letter> letters;
};

class NotingObserver final : public MailObserver {
 public:
  void OnSent(const domain::MailRow&, absl::Duration) override { told.push_back("sent"); }
  void OnFailed(const domain::ClaimedMail&, absl::string_view failure) override {
    told.push_back("failed: " + std::string(failure));
  }
  void OnGivenUp(const domain::ClaimedMail&, absl::string_view failure) override {
    told.push_back("given up: " + std::string(failure));
  }
  std::vector<std::string> told;
};

class MailSenderTest : public ::testing::Test {
 protected:
  void Write(const std::string& address = "ada@example.org",
             domain::MailKind kind = domain::MailKind::kPasswordReset) {
    domain::OutgoingMail mail;
    mail.kind = kind;
    mail.user_id = base::UserId::New(clock_.Now());
    mail.address = address;
    mail.token = base::Secret("sge_TOKEN");
    outbox_.Insert(sealer_.Seal(mail, clock_.Now()));
  }
  bool Send() { return *sender_.SendNext(transport_); }
  domain::MailQueue Queue() { return *outbox_.Look(); }

  base::FakeClock clock_{kStart};
  domain::FakeDatabase database_;
  domain::FakeMailOutbox outbox_{database_};
  domain::FakeMailSealer sealer_;
  const MailTemplates templates_ = *MailTemplates::Load({"", "Example", "https://id.example.com"});
  NotingObserver observer_;
  ScriptedTransport transport_;
  MailSender sender_{MailSender::Options{.from = {"no-reply@example.com", "Example"}},
                     outbox_,
                     sealer_,
                     templates_,
                     clock_,
                     observer_};
};

TEST_F(MailSenderTest, AMailThatTheServerTookIsGone) {
  Write();
  EXPECT_TRUE(Send());
  ASSERT_EQ(transport_.letters.size(), 1u);
  EXPECT_EQ(transport_.letters[0].to, "ada@example.org");
  EXPECT_EQ(transport_.letters[0].from, "no-reply@example.com");
  EXPECT_THAT(transport_.letters[0].message, HasSubstr("/reset-password#sge_TOKEN"));
  EXPECT_FALSE(Send());
  EXPECT_EQ(Queue().waiting, 0);
  EXPECT_THAT(observer_.told, ElementsAre("sent"));
}

// nothing is lost while the server is down.
TEST_F(MailSenderTest, AMailThatFailedIsSentLaterAsTheSameMessage) {
  Write();
  transport_.next = {Outcome::kLater, "SMTP 451"};
  EXPECT_TRUE(Send());
  EXPECT_FALSE(Send());
  clock_.Advance(absl::Seconds(73));
  transport_.next = {Outcome::kTaken, ""};
  EXPECT_TRUE(Send());
  ASSERT_EQ(transport_.letters.size(), 2u);
  EXPECT_EQ(transport_.letters[0].message, transport_.letters[1].message);
  EXPECT_EQ(transport_.letters[0].name, transport_.letters[1].name);
  EXPECT_THAT(observer_.told, ElementsAre("failed: SMTP 451", "sent"));
}

TEST_F(MailSenderTest, AfterTwoDaysItIsGivenUpVisibly) {
  Write();
  transport_.next = {Outcome::kLater, "cannot connect to the mail server"};
  int attempts = 0;
  for (; Queue().given_up == 0 && attempts < 100; clock_.Advance(absl::Minutes(1))) {
    attempts += Send() ? 1 : 0;
  }
  EXPECT_GT(clock_.Now() - kStart, absl::Hours(42));
  EXPECT_LE(clock_.Now() - kStart, absl::Hours(49));
  EXPECT_GT(attempts, 15);
  EXPECT_LT(attempts, 30);
  EXPECT_EQ(Queue().waiting, 0);
  EXPECT_EQ(observer_.told.back(), "given up: cannot connect to the mail server");
}

TEST_F(MailSenderTest, ARefusalForGoodIsGivenUpAtOnce) {
  Write();
  transport_.next = {Outcome::kRefused, "SMTP 550 to the recipient"};
  EXPECT_TRUE(Send());
  EXPECT_EQ(Queue().given_up, 1);
  EXPECT_THAT(observer_.told, ElementsAre("given up: SMTP 550 to the recipient"));
}

// an unknown address costs the caller the same, and nobody a mail.
TEST_F(MailSenderTest, AMailToNobodyIsRemovedWithoutAWord) {
  Write("ada@example.org", domain::MailKind::kNobody);
  EXPECT_TRUE(Send());
  EXPECT_THAT(transport_.letters, IsEmpty());
  EXPECT_EQ(Queue().waiting, 0);
  EXPECT_THAT(observer_.told, IsEmpty());
}

TEST_F(MailSenderTest, AnAddressThatNoServerTakesIsGivenUp) {
  Write("a>b@example.org");
  EXPECT_TRUE(Send());
  EXPECT_THAT(transport_.letters, IsEmpty());
  EXPECT_EQ(Queue().given_up, 1);
}

TEST_F(MailSenderTest, AKindOfANewerVersionIsLeftToIt) {
  Write("ada@example.org", static_cast<domain::MailKind>(99));
  EXPECT_TRUE(Send());
  EXPECT_THAT(transport_.letters, IsEmpty());
  EXPECT_EQ(Queue().waiting, 1);
}

// The one way to a double: the server took the mail, and the database was gone before that could be
// noted. Under the same Message-ID, once the lease is over.
TEST_F(MailSenderTest, AMailWhoseEndCouldNotBeNotedComesAgainAfterItsLease) {
  Write();
  transport_.on_send = [this] { database_.SetAvailable(false); };
  EXPECT_FALSE(sender_.SendNext(transport_).ok());
  database_.SetAvailable(true);
  transport_.on_send = nullptr;
  EXPECT_FALSE(Send());
  clock_.Advance(absl::Minutes(2));
  EXPECT_TRUE(Send());
  EXPECT_EQ(transport_.letters[0].message, transport_.letters[1].message);
  EXPECT_EQ(Queue().waiting, 0);
}

TEST(RetryPause, GrowsToFourHoursAndIsSpread) {
  const absl::Duration first = absl::Minutes(1);
  EXPECT_EQ(RetryPause(first, 1, 0.5), absl::Minutes(1));
  EXPECT_EQ(RetryPause(first, 3, 0.5), absl::Minutes(4));
  EXPECT_EQ(RetryPause(first, 30, 0.5), absl::Hours(4));
  EXPECT_EQ(RetryPause(first, 1, 0), absl::Seconds(48));
  EXPECT_EQ(RetryPause(first, 1, 1), absl::Seconds(72));
}

}  // namespace
}  // namespace signet::mail
