#include "server/mail/mail_templates.h"

#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signet::mail {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

domain::OutgoingMail Mail(domain::MailKind kind) {
  domain::OutgoingMail mail;
  mail.kind = kind;
  mail.address = "ada@example.com";
  mail.at = absl::FromUnixSeconds(1'795'000'000);
  mail.until = absl::FromUnixSeconds(1'795'003'600);
  mail.token = base::Secret("sge_TOKEN");
  mail.network_address = "192.0.2.77";
  mail.device = "Ada's <b>laptop</b>";
  mail.new_email = "ada@example.org";
  mail.change = "TOTP was switched on";
  return mail;
}

class MailTemplatesTest : public ::testing::Test {
 protected:
  MailTemplatesTest() {
    std::filesystem::remove_all(folder_);
    std::filesystem::create_directory(folder_);
  }
  ~MailTemplatesTest() override { std::filesystem::remove_all(folder_); }

  void Write(const std::string& name, const std::string& text) const {
    std::ofstream(folder_ + "/" + name) << text;
  }
  absl::StatusOr<MailTemplates> Load() const {
    return MailTemplates::Load({folder_, "Example ID", "https://id.example.com/me"});
  }
  std::string Problem() const { return std::string(Load().status().message()); }

  const std::string folder_ = ::testing::TempDir() + "/mail_templates_test";
};

// every kind has a text and an HTML form, and says what it is about.
TEST_F(MailTemplatesTest, EveryKindShowsItsDetailsInBothForms) {
  const auto templates = *Load();
  for (const domain::MailKindRow& row : domain::MailKinds()) {
    SCOPED_TRACE(std::string(row.name));
    const RenderedMail mail = templates.Render(Mail(row.kind));
    EXPECT_THAT(mail.subject, Not(HasSubstr("{{")));
    EXPECT_THAT(mail.text, Not(HasSubstr("{{")));
    EXPECT_THAT(mail.html, HasSubstr("<title>" + EscapeHtml(mail.subject) + "</title>"));
    for (const std::string& form : {mail.text, mail.html}) {
      EXPECT_THAT(form, HasSubstr("Example ID"));
      if (row.link_path.empty()) {
        EXPECT_THAT(form, Not(HasSubstr("TOKEN")));
      } else {
        EXPECT_THAT(form, HasSubstr("https://id.example.com/me" + std::string(row.link_path) +
                                    "#sge_TOKEN"));
        EXPECT_THAT(form, HasSubstr("2026-11-18 12:06 UTC"));  // until
      }
      if (row.details.find("network_address") != absl::string_view::npos) {
        EXPECT_THAT(form, HasSubstr("192.0.2.77"));
      }
      if (row.details.find("new_email") != absl::string_view::npos) {
        EXPECT_THAT(form, HasSubstr("ada@example.org"));
      }
      if (row.details.find("change") != absl::string_view::npos) {
        EXPECT_THAT(form, HasSubstr("TOTP was switched on"));
      }
    }
    EXPECT_THAT(mail.html, Not(HasSubstr("<b>laptop")));
  }
}

TEST_F(MailTemplatesTest, AFileReplacesTheBuiltInText) {
  Write("password-changed.txt", "Subject: {{service}}: Passwort geändert\n\nAm {{time}}.\n");
  const RenderedMail mail = Load()->Render(Mail(domain::MailKind::kPasswordChanged));
  EXPECT_EQ(mail.subject, "Example ID: Passwort geändert");
  EXPECT_EQ(mail.text, "Am 2026-11-18 11:06 UTC.\n");
  EXPECT_THAT(mail.html, HasSubstr("was changed"));
}

TEST_F(MailTemplatesTest, AFileThatIsNoTemplateIsRefused) {
  Write("pasword-changed.txt", "Subject: x\n\nx");
  EXPECT_THAT(Problem(), HasSubstr("pasword-changed.txt: there is no template of this name"));
}

TEST_F(MailTemplatesTest, AValueThatTheKindDoesNotHaveIsRefused) {
  Write("password-changed.html", "<p>{{link}}</p>");
  EXPECT_THAT(Problem(), HasSubstr("password-changed.html: line 1: there is no {{link}} here"));
}

// Or a person could never reset a password, and nobody would know why.
TEST_F(MailTemplatesTest, ATextWithoutItsLinkIsRefused) {
  Write("password-reset.txt", "Subject: x\n\nNo link.\n");
  EXPECT_THAT(Problem(), HasSubstr("password-reset.txt: does not show its {{link}}"));
}

// A subject is a header: nothing that a person typed gets there.
TEST_F(MailTemplatesTest, ASubjectCannotShowDetails) {
  Write("new-device.txt", "Subject: New: {{device}}\n\nx\n");
  EXPECT_THAT(Problem(), HasSubstr("new-device.txt: line 1: there is no {{device}} here"));
}

TEST_F(MailTemplatesTest, ATextWithoutASubjectIsRefused) {
  Write("welcome.txt", "Hello\n");
  EXPECT_THAT(Problem(), HasSubstr("welcome.txt: has to begin with a line"));
}

TEST_F(MailTemplatesTest, AFolderThatIsNotThereIsRefused) {
  EXPECT_EQ(MailTemplates::Load({"/nonexistent", "x", "y"}).status().code(),
            absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace signet::mail
