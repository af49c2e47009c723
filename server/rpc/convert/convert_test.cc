#include <functional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/rpc/convert/account_messages.h"
#include "server/rpc/convert/key_messages.h"
#include "server/rpc/convert/session_messages.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

std::string Text(size_t size) { return std::string(size, 'a'); }
std::string Email(size_t size) { return absl::StrCat(std::string(size - 2, 'a'), "@b"); }
const char kNotUtf8[] = "\xff\xfe";
const char kUuid[] = "0191e4a0-0000-7000-8000-000000000001";

v1::RegisterRequest SomeRegister() {
  v1::RegisterRequest request;
  request.set_email("a@example.com");
  request.set_password("correct horse");
  return request;
}
v1::LoginRequest SomeLogin() {
  v1::LoginRequest request;
  request.set_email("a@example.com");
  request.set_password("correct horse");
  return request;
}
v1::ChangePasswordRequest SomeChange() {
  v1::ChangePasswordRequest request;
  request.set_current_password("correct horse");
  request.set_new_password("battery staple");
  return request;
}

absl::Status Judge(v1::RegisterRequest request) { return ToRegisterCommand(request).status(); }
absl::Status Judge(v1::LoginRequest request) { return ToLoginCommand(request, "api").status(); }
absl::Status Judge(v1::ChangePasswordRequest request) {
  return ToChangePasswordCommand(request).status();
}
absl::Status Judge(v1::ListSessionsRequest request) { return ToSessionListing(request).status(); }
absl::Status Judge(const v1::ValidateRequest& request) {
  return Check(ValidateFields{request.token(), request.audience()});
}
absl::Status Judge(const v1::ValidateBatchRequest& request) { return Check(FieldsOf(request)); }
template <typename Request>
absl::Status Judge(const Request& request) {
  return Check(request);
}

// One value of one field, and the field that must be named; empty: it is taken.
struct Case {
  std::string what;
  absl::Status judged;
  std::string refused_field;
};

template <typename Request>
Case With(std::string what, Request request, const std::function<void(Request&)>& change,
          std::string refused_field) {
  change(request);
  return {std::move(what), Judge(request), std::move(refused_field)};
}

void Expect(const std::vector<Case>& cases) {
  for (const Case& c : cases) {
    if (c.refused_field.empty()) {
      EXPECT_EQ(c.judged, absl::OkStatus()) << c.what;
      continue;
    }
    EXPECT_EQ(base::ErrorReason(c.judged), "FIELD_INVALID") << c.what;
    const auto violations = base::FieldViolations(c.judged);
    ASSERT_EQ(violations.size(), 1u) << c.what;
    EXPECT_EQ(violations[0].field, c.refused_field) << c.what;
  }
}

// R-503: every limit of every field, just within and just beyond.
TEST(FieldLimits, Register) {
  using R = v1::RegisterRequest;
  const R r = SomeRegister();
  Expect({
      {"as it is", Judge(r), ""},
      With<R>(
          "no email", r, [](R& x) { x.clear_email(); }, "email"),
      With<R>(
          "2 bytes", r, [](R& x) { x.set_email("a@"); }, "email"),
      With<R>(
          "3 bytes", r, [](R& x) { x.set_email("a@b"); }, ""),
      With<R>(
          "254 bytes", r, [](R& x) { x.set_email(Email(254)); }, ""),
      With<R>(
          "255 bytes", r, [](R& x) { x.set_email(Email(255)); }, "email"),
      With<R>(
          "not UTF-8", r, [](R& x) { x.set_email(absl::StrCat("a@", kNotUtf8)); }, "email"),
      With<R>(
          "no password", r, [](R& x) { x.clear_password(); }, "password"),
      With<R>(
          "1024 bytes", r, [](R& x) { x.set_password(Text(1024)); }, ""),
      With<R>(
          "1025 bytes", r, [](R& x) { x.set_password(Text(1025)); }, "password"),
      With<R>(
          "not UTF-8", r, [](R& x) { x.set_password(kNotUtf8); }, "password"),
  });
}

TEST(FieldLimits, Login) {
  using R = v1::LoginRequest;
  const R r = SomeLogin();
  const auto scopes = [](int count) {
    return [count](R& x) {
      for (int i = 0; i < count; ++i) x.add_scopes("s");
    };
  };
  Expect({
      {"as it is", Judge(r), ""},
      With<R>(
          "no email", r, [](R& x) { x.clear_email(); }, "email"),
      With<R>(
          "255 bytes", r, [](R& x) { x.set_email(Email(255)); }, "email"),
      With<R>(
          "no password", r, [](R& x) { x.clear_password(); }, "password"),
      With<R>(
          "1024 bytes", r, [](R& x) { x.set_password(Text(1024)); }, ""),
      With<R>(
          "1025 bytes", r, [](R& x) { x.set_password(Text(1025)); }, "password"),
      With<R>(
          "128 bytes", r, [](R& x) { x.set_client_id(Text(128)); }, ""),
      With<R>(
          "129 bytes", r, [](R& x) { x.set_client_id(Text(129)); }, "client_id"),
      With<R>(
          "a blank", r, [](R& x) { x.set_client_id("a b"); }, "client_id"),
      With<R>(
          "256 bytes", r, [](R& x) { x.set_audience(Text(256)); }, ""),
      With<R>(
          "257 bytes", r, [](R& x) { x.set_audience(Text(257)); }, "audience"),
      With<R>(
          "not ASCII", r, [](R& x) { x.set_audience("\xc3\xa9"); }, "audience"),
      With<R>("32 scopes", r, scopes(32), ""),
      With<R>("33 scopes", r, scopes(33), "scopes"),
      With<R>(
          "empty scope", r, [](R& x) { x.add_scopes(""); }, "scopes[0]"),
      With<R>(
          "64 bytes", r, [](R& x) { x.add_scopes(Text(64)); }, ""),
      With<R>(
          "65 bytes", r, [](R& x) { x.add_scopes(Text(65)); }, "scopes[0]"),
      With<R>(
          "a quote", r, [](R& x) { x.add_scopes("a\"b"); }, "scopes[0]"),
      With<R>(
          "a backslash", r, [](R& x) { x.add_scopes("a\\b"); }, "scopes[0]"),
      With<R>(
          "128 bytes", r, [](R& x) { x.set_device_name(Text(128)); }, ""),
      With<R>(
          "129 bytes", r, [](R& x) { x.set_device_name(Text(129)); }, "device_name"),
      With<R>(
          "not UTF-8", r, [](R& x) { x.set_device_name(kNotUtf8); }, "device_name"),
  });
}

TEST(FieldLimits, ChangePassword) {
  using R = v1::ChangePasswordRequest;
  const R r = SomeChange();
  Expect({
      {"as it is", Judge(r), ""},
      With<R>(
          "none", r, [](R& x) { x.clear_current_password(); }, "current_password"),
      With<R>(
          "1024", r, [](R& x) { x.set_current_password(Text(1024)); }, ""),
      With<R>(
          "1025", r, [](R& x) { x.set_current_password(Text(1025)); }, "current_password"),
      With<R>(
          "none", r, [](R& x) { x.clear_new_password(); }, "new_password"),
      With<R>(
          "1024", r, [](R& x) { x.set_new_password(Text(1024)); }, ""),
      With<R>(
          "1025", r, [](R& x) { x.set_new_password(Text(1025)); }, "new_password"),
  });
}

TEST(FieldLimits, TokenService) {
  v1::RefreshRequest refresh;
  refresh.set_refresh_token("sgr_x");
  v1::ValidateRequest validate;
  validate.set_token("a.b.c");
  validate.set_audience("api");
  v1::RevokeRequest revoke;
  revoke.set_token("a.b.c");
  v1::ExplainTokenRequest explain;
  explain.set_token("a.b.c");
  using F = v1::RefreshRequest;
  using V = v1::ValidateRequest;
  using K = v1::RevokeRequest;
  using E = v1::ExplainTokenRequest;
  Expect({
      With<F>(
          "none", refresh, [](F& x) { x.clear_refresh_token(); }, "refresh_token"),
      With<F>(
          "256", refresh, [](F& x) { x.set_refresh_token(Text(256)); }, ""),
      With<F>(
          "257", refresh, [](F& x) { x.set_refresh_token(Text(257)); }, "refresh_token"),
      With<V>(
          "none", validate, [](V& x) { x.clear_token(); }, "token"),
      With<V>(
          "judged, not refused", validate, [](V& x) { x.set_token(Text(8193)); }, ""),
      With<V>(
          "none", validate, [](V& x) { x.clear_audience(); }, "audience"),
      With<V>(
          "256", validate, [](V& x) { x.set_audience(Text(256)); }, ""),
      With<V>(
          "257", validate, [](V& x) { x.set_audience(Text(257)); }, "audience"),
      With<K>(
          "none", revoke, [](K& x) { x.clear_token(); }, "token"),
      With<K>(
          "8192", revoke, [](K& x) { x.set_token(Text(8192)); }, ""),
      With<K>(
          "8193", revoke, [](K& x) { x.set_token(Text(8193)); }, "token"),
      With<E>(
          "none", explain, [](E& x) { x.clear_token(); }, "token"),
      With<E>(
          "no audience", explain, [](E&) {}, ""),
      With<E>(
          "257", explain, [](E& x) { x.set_audience(Text(257)); }, "audience"),
  });
}

TEST(FieldLimits, ValidateBatch) {
  using R = v1::ValidateBatchRequest;
  R r;
  r.set_audience("api");
  const auto tokens = [](int count) {
    return [count](R& x) {
      for (int i = 0; i < count; ++i) x.add_tokens("t");
    };
  };
  Expect({
      With<R>("none", r, tokens(0), "tokens"),
      With<R>("1", r, tokens(1), ""),
      With<R>("1000", r, tokens(1000), ""),
      With<R>("1001", r, tokens(1001), "tokens"),
      With<R>(
          "an empty one", r,
          [](R& x) {
            x.add_tokens("t");
            x.add_tokens("");
          },
          "tokens[1]"),
      With<R>(
          "no audience", r,
          [](R& x) {
            x.add_tokens("t");
            x.clear_audience();
          },
          "audience"),
  });
}

TEST(FieldLimits, SessionService) {
  using R = v1::ListSessionsRequest;
  const R r;
  Expect({
      {"as it is", Judge(r), ""},
      With<R>(
          "a UUID", r, [](R& x) { x.set_user_id(kUuid); }, ""),
      With<R>(
          "none", r, [](R& x) { x.set_user_id("x"); }, "user_id"),
      With<R>(
          "upper case", r, [](R& x) { x.set_user_id("0191E4A0-0000-7000-8000-000000000001"); },
          "user_id"),
      With<R>(
          "-1", r, [](R& x) { x.set_page_size(-1); }, "page_size"),
      With<R>(
          "1000", r, [](R& x) { x.set_page_size(1000); }, ""),
      With<R>(
          "1001", r, [](R& x) { x.set_page_size(1001); }, "page_size"),
      {"none", ToSessionId("").status(), "session_id"},
      {"no UUID", ToSessionId("x").status(), "session_id"},
      {"a UUID", ToSessionId(kUuid).status(), ""},
  });
  EXPECT_EQ(ToSessionListing(r)->page_size, 50);
  EXPECT_EQ(ToSessionListing(r)->user, std::nullopt);
}

TEST(FieldLimits, KeyService) {
  Expect({{"none", CheckKid(""), "kid"},
          {"32", CheckKid(Text(32)), ""},
          {"33", CheckKid(Text(33)), "kid"},
          {"a blank", CheckKid("a b"), "kid"},
          {"the default", CheckAlgorithm(""), ""},
          {"one of ours", CheckAlgorithm("EdDSA"), ""},
          {"none of ours", CheckAlgorithm("HS256"), "algorithm"}});
}

TEST(LoginCommand, TakesItsDefaultsAndLeavesNoPasswordInTheRequest) {
  v1::LoginRequest request = SomeLogin();
  const auto command = ToLoginCommand(request, "https://api.example.com");
  EXPECT_EQ(command->client_id, "signet");
  EXPECT_EQ(command->audience, "https://api.example.com");
  EXPECT_EQ(command->password.reveal(), "correct horse");
  EXPECT_EQ(request.password(), "");
}

TEST(InactiveReason, IsThatOfTheRejectionByNumber) {
  for (int i = 0; i < token::kRejectReasonCount; ++i) {
    EXPECT_EQ(ToProto(static_cast<token::RejectReason>(i)), i + 1);
  }
}

TEST(WellKnownTypes, HoldEveryTime) {
  google::protobuf::Timestamp out;
  SetTimestamp(absl::FromUnixMillis(-1), out);
  EXPECT_EQ(out.seconds(), -1);
  EXPECT_EQ(out.nanos(), 999'000'000);
  SetTimestamp(absl::InfinitePast(), out);
  EXPECT_EQ(out.seconds(), -62'135'596'800);
  SetTimestamp(absl::InfiniteFuture(), out);
  EXPECT_EQ(out.seconds(), 253'402'300'799);
}

}  // namespace
}  // namespace signet::rpc
