#include "tests/clients/client_fixture.h"

#include <atomic>

#include <grpcpp/grpcpp.h>

#include "absl/strings/str_cat.h"
#include "signet/v1/access_service.grpc.pb.h"

namespace signet::clients {
namespace {

constexpr char kPassword[] = "vellum-oxbow-quarry-41";
constexpr char kAdmin[] = "root@admin.example";

}  // namespace

void ClientFixture::StartService(const std::string& rules) {
  scratch_ = std::make_unique<tests::ScratchDirectory>();
  database_ = std::make_unique<tests::TestDatabase>();
  http_port_ = tests::FreePort();
  tests::ServerProcess::Settings settings = {
      {"listen.http", absl::StrCat("127.0.0.1:", http_port_)}, {"tokens.issuer", issuer()}};
  if (!rules.empty()) {
    settings["authz.rules"] = scratch_->Write("authz.yaml", rules);
    settings["sessions.cookie"] = "session";
  }
  server_ = std::make_unique<tests::ServerProcess>(*database_, settings);
  server_->Start();
  client_ = std::make_unique<tests::Client>(server_->grpc_address());
  MakeApiKey();
}

void ClientFixture::TearDownTestSuite() {
  client_.reset();
  with_tls_.reset();
  server_.reset();
  database_.reset();
  scratch_.reset();
}

int ClientFixture::StartWithTls() {
  const std::string certificate = scratch_->File("tls.crt");
  const std::string key = scratch_->File("tls.key");
  tests::Command command;
  command.arguments = {"/usr/bin/openssl",
                       "req",
                       "-x509",
                       "-newkey",
                       "ec",
                       "-pkeyopt",
                       "ec_paramgen_curve:P-256",
                       "-nodes",
                       "-days",
                       "1",
                       "-subj",
                       "/CN=localhost",
                       "-keyout",
                       key,
                       "-out",
                       certificate};
  const tests::ProgramResult made = tests::RunProgram(command);
  EXPECT_EQ(made.exit_code, 0) << made.err;
  const int port = tests::FreePort();
  with_tls_ = std::make_unique<tests::ServerProcess>(
      *database_, tests::ServerProcess::Settings{{"listen.http", absl::StrCat("127.0.0.1:", port)},
                                                 {"listen.tls_certificate", certificate},
                                                 {"listen.tls_key", key},
                                                 {"tokens.issuer", issuer()}});
  with_tls_->Start();
  return port;
}

std::string ClientFixture::issuer() { return absl::StrCat("http://127.0.0.1:", http_port_); }

v1::LoginResponse ClientFixture::NewSession() {
  static std::atomic<int> next{1};
  const std::string email = absl::StrCat("person", next.fetch_add(1), "@people.example");
  EXPECT_TRUE(client_->Register(email, kPassword).ok());
  const auto login = client_->Login(email, kPassword);
  EXPECT_TRUE(login.ok()) << login.status.error_message();
  return login.message;
}

void ClientFixture::MakeApiKey() {
  const auto made =
      server_->RunCommand({"bootstrap", "--email", kAdmin, "--password-fd", "3"}, kPassword);
  ASSERT_EQ(made.exit_code, 0) << made.err;
  const std::string bearer =
      "Bearer " + client_->Login(kAdmin, kPassword).message.tokens().access_token();
  const auto stub = v1::AccessService::NewStub(
      grpc::CreateChannel(server_->grpc_address(), grpc::InsecureChannelCredentials()));
  v1::CreateServiceAccountRequest account;
  account.mutable_service_account()->set_name("reader");
  v1::CreateServiceAccountResponse account_made;
  grpc::ClientContext one;
  one.AddMetadata("authorization", bearer);
  ASSERT_TRUE(stub->CreateServiceAccount(&one, account, &account_made).ok());
  v1::CreateApiKeyRequest key;
  key.set_service_account_id(account_made.service_account().service_account_id());
  key.mutable_api_key()->set_name("test");
  key.mutable_api_key()->add_scopes("invoices");
  v1::CreateApiKeyResponse key_made;
  grpc::ClientContext other;
  other.AddMetadata("authorization", bearer);
  ASSERT_TRUE(stub->CreateApiKey(&other, key, &key_made).ok());
  api_key_ = key_made.secret();
}

std::map<std::string, std::string> ClientFixture::Environment() {
  const v1::LoginResponse session = NewSession();
  return {{"SIGNET_ISSUER", issuer()},
          {"SIGNET_GRPC", server_->grpc_address()},
          {"PASSWORD", kPassword},
          {"CLIENT_ID", "reader"},
          {"CLIENT_SECRET", api_key_},
          {"ACCESS_TOKEN", session.tokens().access_token()},
          {"REFRESH_TOKEN", session.tokens().refresh_token()},
          {"SUBJECT", session.user_id()}};
}

void ExpectOk(const std::vector<std::string>& arguments,
              const std::map<std::string, std::string>& environment) {
  tests::Command command;
  command.arguments = {"/usr/bin/timeout", "400"};
  command.arguments.insert(command.arguments.end(), arguments.begin(), arguments.end());
  command.environment = environment;
  const tests::ProgramResult result = tests::RunProgram(command, absl::Minutes(8));
  EXPECT_EQ(result.exit_code, 0) << result.out << result.err;
  EXPECT_THAT(result.out, ::testing::HasSubstr("ok")) << result.err;
}

}  // namespace signet::clients
