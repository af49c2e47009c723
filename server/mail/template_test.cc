#include "server/mail/template.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace signet::mail {
namespace {

using ::testing::HasSubstr;

std::string Rendered(absl::string_view text, const Values& values, Template::Escape escape) {
  const auto parsed = Template::Parse(text, {"name", "link"}, escape);
  EXPECT_TRUE(parsed.ok()) << parsed.status();
  return parsed.ok() ? parsed->Render(values) : "";
}

TEST(Template, ValuesStandWhereTheirNamesDo) {
  EXPECT_EQ(Rendered("Hello {{name}}, {{ link }}{{name}}!", {{"name", "Ada"}, {"link", "L"}},
                     Template::Escape::kNone),
            "Hello Ada, LAda!");
  EXPECT_EQ(Rendered("plain", {}, Template::Escape::kNone), "plain");
}

// A device name is what a stranger typed at login.
TEST(Template, AValueCannotBringMarkupIntoHtml) {
  EXPECT_EQ(Rendered("<a href=\"{{link}}\">{{name}}</a>",
                     {{"name", "<img src=x onerror='y'>&"}, {"link", "\" onclick=\"z"}},
                     Template::Escape::kHtml),
            "<a href=\"&quot; onclick=&quot;z\">&lt;img src=x onerror=&#39;y&#39;&gt;&amp;</a>");
}

TEST(Template, AValueIsNotReadAsATemplateAndBringsNoLines) {
  EXPECT_EQ(Rendered("{{name}}", {{"name", "{{link}}\r\nBcc: x"}, {"link", "L"}},
                     Template::Escape::kNone),
            "{{link}}Bcc: x");
}

TEST(Template, AMistypedNameIsRefusedWithItsLine) {
  const auto status =
      Template::Parse("a\nb\n{{nmae}}", {"name", "link"}, Template::Escape::kNone).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()),
              HasSubstr("line 3: there is no {{nmae}} here, only name, link"));
}

TEST(Template, BracesThatDoNotCloseAreRefused) {
  EXPECT_THAT(
      std::string(
          Template::Parse("{{name}} {{link", {"name"}, Template::Escape::kNone).status().message()),
      HasSubstr("line 1: {{ without }}"));
}

}  // namespace
}  // namespace signet::mail
