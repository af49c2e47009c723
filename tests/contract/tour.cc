#include "tests/contract/tour.h"

#include <google/protobuf/text_format.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"

namespace signet::contract {
namespace {

const google::protobuf::MethodDescriptor* Find(const std::string& name, std::string& full_name) {
  for (const rpc::MethodRow& row : rpc::MethodTable()) {
    if (row.method() != name) continue;
    full_name = std::string(row.full_name);
    return google::protobuf::DescriptorPool::generated_pool()->FindMethodByName(
        absl::StrReplaceAll(full_name, {{"/", "."}}));
  }
  return nullptr;
}

}  // namespace

void Tour::Run() {
  RegisterAndVerify();
  LogInAndOut();
  ResetThePassword();
  ChangeTheAddress();
  SetUpAFactor(LogIn(email_, password_));
  UseTheFactor();
  RefreshAndValidate();
  RevokeAndExplain();
  LookAtSessions();
  HoldBySessionTokens();
  AdministerPeople();
  HandOnRights();
  ReadTheLog();
  RotateKeys();
}

void Tour::CallInto(const std::string& name, const std::string& request, const std::string& bearer,
                    const std::string& status, google::protobuf::Message& response) {
  Step step;
  const auto* method = Find(name, step.method);
  ASSERT_NE(method, nullptr) << name;
  ASSERT_EQ(method->output_type(), response.GetDescriptor()) << name;
  const std::unique_ptr<google::protobuf::Message> message(
      google::protobuf::MessageFactory::generated_factory()
          ->GetPrototype(method->input_type())
          ->New());
  ASSERT_TRUE(google::protobuf::TextFormat::ParseFromString(request, message.get())) << request;
  step.request_id = absl::StrCat("tour-", steps_.size() + 1);
  step.trace_id = absl::StrFormat("%032x", 0x70000 + steps_.size());
  Credential credential{.bearer = bearer};
  credential.metadata = {
      {"x-request-id", step.request_id},
      {"traceparent", absl::StrCat("00-", step.trace_id, "-00f067aa0ba902b7-01")}};
  std::string bytes;
  const grpc::Status answer =
      client_.CallBytes("/" + step.method, message->SerializeAsString(), &bytes, credential);
  absl::StrAppend(&errors_, answer.error_message(), "\n", answer.error_details(), "\n");
  step.status = Describe(answer);
  EXPECT_EQ(step.status, status) << name << " { " << request << " }";
  ASSERT_TRUE(response.ParseFromString(bytes));
  for (const auto* told : {static_cast<const google::protobuf::Message*>(message.get()),
                           static_cast<const google::protobuf::Message*>(&response)}) {
    for (const std::string& field : canaries_.TakeFrom(*told)) {
      ADD_FAILURE() << "canaries.cc does not say whether " << field << " is a secret";
    }
  }
  if (!bearer.empty()) canaries_.AddToken("access_token", bearer);
  steps_.push_back(std::move(step));
}

v1::LoginResponse Tour::LogIn(const std::string& email, const std::string& password) {
  const auto login = Call<v1::LoginResponse>(
      "Login", absl::StrCat("email: '", email, "' password: '", password, "' scopes: 'email'"));
  LeavesBy("LOGIN", login);
  return login;
}

std::string Tour::AdministratorsToken() {
  if (!bootstrapped_) {
    const auto made = server_.RunCommand(
        {"bootstrap", "--email", kAdministrator, "--password-fd", "3"}, kPassword);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    bootstrapped_ = true;
  }
  const auto login = client_.Login(kAdministrator, kPassword);
  EXPECT_EQ(Describe(login.status), "OK");
  (void)canaries_.TakeFrom(login.message);
  return login.message.tokens().access_token();
}

std::string Tour::TakeToken(const std::string& kind, const std::string& to) {
  const std::string text = mails_.Take(kind, to);
  std::string token = tests::MailFolder::TokenIn(text);
  EXPECT_NE(token, "") << "no token in a mail " << kind << " to " << to;
  taken_.emplace_back(token, text);
  return token;
}

std::string Tour::AnHourLater(const v1::LoginResponse& login) {
  tests::Sql(database_, absl::StrCat("UPDATE signet.sessions SET authenticated_at = "
                                     "authenticated_at - interval '1 hour' WHERE id = '",
                                     login.session_id(), "'"));
  const auto refreshed = Call<v1::RefreshResponse>(
      "Refresh", absl::StrCat("refresh_token: '", login.tokens().refresh_token(), "'"));
  Leaves("REFRESH").By(login.user_id()).On(login.user_id()).In(login.session_id());
  return refreshed.tokens().access_token();
}

}  // namespace signet::contract
