#include "tests/contract/service_test.h"

#include <atomic>

#include "absl/strings/str_cat.h"

namespace signet::contract {

void ServiceTest::StartService(const tests::ServerProcess::Settings& settings) {
  database_ = std::make_unique<tests::TestDatabase>();
  server_ = std::make_unique<tests::ServerProcess>(*database_, settings);
  server_->Start();
  client_ = std::make_unique<ServiceClient>(server_->grpc_address());
}

void ServiceTest::TearDownTestSuite() {
  client_.reset();
  server_.reset();
  database_.reset();
  bootstrapped_ = false;
}

std::string ServiceTest::NewPerson() {
  static std::atomic<int> next{1};
  std::string email = absl::StrCat("person", next.fetch_add(1), "@people.example");
  const auto answer = client().Register(email, kPassword);
  EXPECT_EQ(Describe(answer.status), "OK");
  return email;
}

v1::LoginResponse ServiceTest::LoginOf(const std::string& email, const std::string& password) {
  const auto answer = client().Login(email, password);
  EXPECT_EQ(Describe(answer.status), "OK");
  return answer.message;
}

v1::LoginResponse ServiceTest::NewSession() { return LoginOf(NewPerson()); }

std::string ServiceTest::AdminToken() {
  if (!bootstrapped_) {
    const auto made =
        server().RunCommand({"bootstrap", "--email", kAdminEmail, "--password-fd", "3"}, kPassword);
    EXPECT_EQ(made.exit_code, 0) << made.err;
    bootstrapped_ = true;
  }
  return LoginOf(kAdminEmail).tokens().access_token();
}

}  // namespace signet::contract
