#include "server/console/markup.h"

#include <gtest/gtest.h>

namespace signet::console {
namespace {

std::string Escaped(absl::string_view text) { return Markup().Text(text).html(); }

// nothing that a stranger chose (an address, the name of a verifier) is markup on a page.
TEST(MarkupTest, NoTextBecomesMarkup) {
  EXPECT_EQ(Escaped("<script>alert('x')</script>"),
            "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt;");
  EXPECT_EQ(Escaped("\" onload=\"x"), "&quot; onload=&quot;x");
  EXPECT_EQ(Escaped("a&lt;b"), "a&amp;lt;b");
  EXPECT_EQ(Escaped("µ – \xF0\x9F\x94\x91"), "µ – \xF0\x9F\x94\x91");
}

// A byte that begins a character must not swallow the quote behind it.
TEST(MarkupTest, WhatIsNotUtf8IsReplaced) {
  constexpr char kReplaced[] = "\xEF\xBF\xBD";
  EXPECT_EQ(Escaped("\xC3\""), std::string(kReplaced) + "&quot;");
  EXPECT_EQ(Escaped("\xC0\xAF"), std::string(kReplaced) + kReplaced);  // overlong
  EXPECT_EQ(Escaped("\xED\xA0\x80").substr(0, 3), kReplaced);          // a surrogate
  EXPECT_EQ(Escaped(absl::string_view("a\0b\x1b", 4)),
            std::string("a") + kReplaced + "b" + kReplaced);
  EXPECT_FALSE(IsPlainText("\xC3"));
  EXPECT_FALSE(IsPlainText("a\nb"));
  EXPECT_TRUE(IsPlainText("pässwörd <>"));
}

}  // namespace
}  // namespace signet::console
