#include "server/mail/message.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_split.h"

namespace signet::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const absl::Time kWritten = absl::FromUnixSeconds(1'795'000'000);
const base::Uuid kId = *base::Uuid::FromString("01a1fe73-8258-72fc-b762-19a3d08efca5");

std::string Compose(const RenderedMail& mail, const std::string& name = "Example ID") {
  return ComposeMessage({"no-reply@example.com", name}, "ada@example.org", kId, kWritten, mail);
}

TEST(Message, HasWhatMailServersAskFor) {
  const std::string message = Compose({"Hello", "text", "<p>html</p>"});
  EXPECT_THAT(message,
              StartsWith("Date: Wed, 18 Nov 2026 11:06:40 +0000\r\n"
                         "From: \"Example ID\"\r\n <no-reply@example.com>\r\n"
                         "To: ada@example.org\r\nSubject: Hello\r\n"
                         "Message-ID: <01a1fe73-8258-72fc-b762-19a3d08efca5@example.com>\r\n"
                         "Auto-Submitted: auto-generated\r\nMIME-Version: 1.0\r\n"
                         "Content-Type: multipart/alternative;\r\n boundary=\""));
  EXPECT_THAT(message, HasSubstr("Content-Type: text/plain; charset=utf-8\r\n"
                                 "Content-Transfer-Encoding: quoted-printable\r\n\r\ntext\r\n"));
  EXPECT_THAT(message, HasSubstr("<p>html</p>\r\n--=_" + kId.ToString() + "--\r\n"));
}

// a mail that comes twice can be told by its Message-ID.
TEST(Message, TheSameRowMakesTheSameBytes) {
  EXPECT_EQ(Compose({"a", "b", "c"}), Compose({"a", "b", "c"}));
}

TEST(Message, EveryLineIsShortEndsInCrLfAndIsAscii) {
  RenderedMail mail;
  mail.subject = std::string(190, 'x') + "ä";
  mail.text = std::string(3000, 'a') + " \n" + "Grüße, 你好 = \n.\n..dots\n";
  mail.html = std::string(500, '=');
  const std::string message = Compose(mail, "Ünï\r\nBcc: x@example.net");
  for (const absl::string_view line : absl::StrSplit(message, "\r\n")) {
    EXPECT_LE(line.size(), 78u) << line;
    EXPECT_EQ(line.find_first_of("\r\n"), absl::string_view::npos) << line;
    for (const char c : line) EXPECT_TRUE(c >= ' ' && c <= '~') << line;
  }
}

// no header can be smuggled in.
TEST(Message, ControlCharactersLeaveHeaders) {
  EXPECT_EQ(HeaderText("Hello\r\nBcc: x@example.net"), "HelloBcc: x@example.net");
  EXPECT_EQ(HeaderText("=?UTF-8?Q?x?="), "=?UTF-8?B?PT9VVEYtOD9RP3g/PQ==?=");
}

TEST(Message, ALongSubjectIsCutBetweenCharacters) {
  const std::string subject = HeaderText(std::string(41, 'x') + "äöü");
  EXPECT_EQ(subject,
            "=?UTF-8?B?eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHh4eHg=?=\r\n "
            "=?UTF-8?B?w6TDtsO8?=");
}

TEST(Message, QuotedPrintableKeepsEveryByte) {
  EXPECT_EQ(QuotedPrintable("a=b \n\nü"), "a=3Db=20\r\n\r\n=C3=BC");
  EXPECT_EQ(QuotedPrintable(std::string(77, 'a')), std::string(75, 'a') + "=\r\naa");
  EXPECT_EQ(QuotedPrintable(std::string(76, 'a')), std::string(76, 'a'));
}

TEST(Message, AMailboxHasItsDomainInAscii) {
  EXPECT_EQ(MailboxOf("Ada.L+x@BÜCHER.example"), "Ada.L+x@xn--bcher-kva.example");
  EXPECT_EQ(MailboxOf("jörg@example.com"), "jörg@example.com");
}

// Each of these could end the address in a command or a header and go on with words of its own.
TEST(Message, AnAddressThatNoCommandCanHoldIsNoMailbox) {
  for (const char* address :
       {"a>b@example.com", "a<b@example.com", "\"a\"@example.com", "a,b@example.com",
        "a;b@example.com", "a:b@example.com", "(a)@example.com", "a\\b@example.com",
        "a b@example.com", "a\r\n@example.com", "nobody", "@example.com", "a@b@example.com"}) {
    EXPECT_EQ(MailboxOf(address), std::nullopt) << address;
  }
}

}  // namespace
}  // namespace signet::mail
