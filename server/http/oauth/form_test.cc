#include "server/http/oauth/form.h"

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "gtest/gtest.h"

namespace signet::http {
namespace {

Request FormOf(std::string body, std::string type = "application/x-www-form-urlencoded") {
  Request request;
  request.method = Method::kPost;
  request.fields = {{"content-type", std::move(type)}};
  request.body = std::move(body);
  return request;
}

TEST(Form, ComesApart) {
  const auto form = Form::Read(FormOf("grant_type=refresh_token&a=1+2%2B%263&empty=&bare",
                                      "Application/X-WWW-form-urlencoded; charset=UTF-8"));
  ASSERT_TRUE(form.ok()) << form.status();
  EXPECT_EQ(form->Get("grant_type"), "refresh_token");
  EXPECT_EQ(form->Get("a"), "1 2+&3");
  EXPECT_EQ(form->Get("empty"), "");
  EXPECT_EQ(form->Get("bare"), "");
  EXPECT_EQ(form->Get("absent"), "");
}

// Two readers would take two values.
TEST(Form, AParameterThatOccursTwiceIsRefused) {
  EXPECT_FALSE(Form::Read(FormOf("token=a&token=b")).ok());
  EXPECT_FALSE(Form::Read(FormOf("token=a&to%6Ben=b")).ok());
}

TEST(Form, WhatCannotBeReadIsRefusedWithoutRepeatingIt) {
  for (const std::string body : {"a=%", "a=%4", "a=%zz", "a=%00", "a=%0d%0a", "a=%ff", "=x"}) {
    const auto form = Form::Read(FormOf(body));
    EXPECT_EQ(base::ErrorReason(form.status()), "FIELD_INVALID") << body;
  }
  std::string many;
  for (int i = 0; i < 17; ++i) absl::StrAppend(&many, "p", i, "=x&");
  EXPECT_FALSE(Form::Read(FormOf(many)).ok());
  EXPECT_FALSE(Form::Read(FormOf(std::string(65, 'a') + "=x")).ok());
  const auto secret = Form::Read(FormOf("secret-text=1&secret-text=1"));
  EXPECT_EQ(secret.status().message().find("secret-text"), absl::string_view::npos);
}

TEST(Form, OtherContentTypesAreRefused) {
  EXPECT_FALSE(Form::Read(FormOf("a=b", "application/json")).ok());
  EXPECT_FALSE(Form::Read(FormOf("a=b", "")).ok());
  Request twice = FormOf("a=b");
  twice.fields.push_back(twice.fields.front());
  EXPECT_FALSE(Form::Read(twice).ok());
}

TEST(Form, NeedNamesWhatIsMissingOrTooLong) {
  const auto form = Form::Read(FormOf("token=abc"));
  EXPECT_EQ(*form->Need("token", 3), "abc");
  EXPECT_FALSE(form->Need("token", 2).ok());
  EXPECT_FALSE(form->Need("other", 2).ok());
}

}  // namespace
}  // namespace signet::http
