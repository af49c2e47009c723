// TLS and mutual TLS on both ports, with certificates made here.

#include <filesystem>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "tests/contract/service_test.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using tests::ReadFile;

constexpr char kOpenssl[] = "/usr/bin/openssl";
constexpr absl::Duration kShort = absl::Seconds(3);  // of calls that must not succeed

void Openssl(std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), kOpenssl);
  const auto result = tests::RunProgram({.arguments = std::move(arguments)});
  ASSERT_EQ(result.exit_code, 0) << result.err;
}

// An authority, and certificates of it for the server and a caller, as files.
class Certificates {
 public:
  Certificates() {
    Openssl(Request("authority", {}));
    Issue("server");
    Issue("caller");
  }

  // <name>.crt and <name>.key in the place of those that are there.
  void Issue(const std::string& name, const std::string& common_name = "") {
    const std::string fresh = name + ".new";
    std::vector<std::string> arguments =
        Request(fresh, {"-CA", File("authority.crt"), "-CAkey", File("authority.key")});
    arguments[3] = absl::StrCat("/CN=", common_name.empty() ? name : common_name);
    Openssl(arguments);
    std::filesystem::rename(File(fresh + ".key"), File(name + ".key"));
    std::filesystem::rename(File(fresh + ".crt"), File(name + ".crt"));
  }

  std::string File(const std::string& name) const { return directory_.File(name); }
  std::string Pem(const std::string& name) const { return ReadFile(File(name)); }

  // How a gRPC client trusts the server; with a certificate of its own or without one.
  std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::string& caller) const {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = Pem("authority.crt");
    if (!caller.empty()) {
      options.pem_cert_chain = Pem(caller + ".crt");
      options.pem_private_key = Pem(caller + ".key");
    }
    return grpc::SslCredentials(options);
  }

 private:
  std::vector<std::string> Request(const std::string& name,
                                   const std::vector<std::string>& issuer) const {
    std::vector<std::string> arguments = {"req",
                                          "-x509",
                                          "-subj",
                                          "/CN=" + name,
                                          "-newkey",
                                          "ec",
                                          "-pkeyopt",
                                          "ec_paramgen_curve:P-256",
                                          "-noenc",
                                          "-days",
                                          "2",
                                          "-keyout",
                                          File(name + ".key"),
                                          "-out",
                                          File(name + ".crt"),
                                          "-addext",
                                          "subjectAltName=IP:127.0.0.1,DNS:localhost"};
    arguments.insert(arguments.end(), issuer.begin(), issuer.end());
    return arguments;
  }

  tests::ScratchDirectory directory_;
};

class TlsTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { certificates_ = new Certificates(); }
  static void TearDownTestSuite() {
    ServiceTest::TearDownTestSuite();
    delete certificates_;
  }
  void TearDown() override { ServiceTest::TearDownTestSuite(); }

  enum class Callers { kAnyone, kWithCertificate };
  static void StartTls(Callers callers) {
    tests::ServerProcess::Settings settings = {
        {"listen.tls_certificate", certificates_->File("server.crt")},
        {"listen.tls_key", certificates_->File("server.key")},
        {"listen.tls_reload", "1s"}};
    if (callers == Callers::kWithCertificate) {
      settings["listen.tls_client_ca"] = certificates_->File("authority.crt");
    }
    StartService(settings);
  }

  static grpc::Status GetJwks(std::shared_ptr<grpc::ChannelCredentials> credentials,
                              absl::Duration patience = absl::Seconds(30)) {
    ServiceClient client(server().grpc_address(), std::move(credentials));
    return ServiceClient::Call(client.tokens(), &v1::TokenService::Stub::GetJwks,
                               v1::GetJwksRequest(), {.patience = patience})
        .status;
  }

  // One TLS connection by another implementation's command line: what it says, and what came back.
  static tests::ProgramResult Connect(int port, const std::vector<std::string>& more,
                                      const std::string& input = "") {
    tests::Command command;
    command.arguments = {kOpenssl,
                         "s_client",
                         "-connect",
                         absl::StrCat("127.0.0.1:", port),
                         "-CAfile",
                         certificates_->File("authority.crt"),
                         "-verify_return_error",
                         "-alpn",
                         port == server().grpc_port() ? "h2" : "http/1.1"};
    command.arguments.insert(command.arguments.end(), more.begin(), more.end());
    command.input = input;
    return tests::RunProgram(command);
  }
  static tests::HttpAnswer HttpsGet(const std::string& path, std::vector<std::string> more = {}) {
    more.emplace_back("-quiet");
    return tests::ParseHttp(Connect(server().http_port(), more, tests::HttpRequest(path)).out);
  }
  static std::vector<std::string> AsCaller() {
    return {"-cert", certificates_->File("caller.crt"), "-key", certificates_->File("caller.key")};
  }

  static inline Certificates* certificates_ = nullptr;
};

TEST_F(TlsTest, BothPortsSpeakTlsAndNothingElse) {
  StartTls(Callers::kAnyone);
  EXPECT_EQ(Describe(GetJwks(certificates_->Credentials(""))), "OK");
  EXPECT_EQ(HttpsGet("/livez").status, 200);
  EXPECT_FALSE(GetJwks(grpc::InsecureChannelCredentials(), kShort).ok());
  EXPECT_EQ(tests::HttpGet(server().http_port(), "/livez").status, 0);
}

TEST_F(TlsTest, VersionsBefore12AreRefusedByBothPorts) {
  StartTls(Callers::kAnyone);
  for (const int port : {server().grpc_port(), server().http_port()}) {
    // The client is willing, so that it is the server who refuses.
    const auto old = Connect(port, {"-tls1_1", "-cipher", "DEFAULT@SECLEVEL=0"});
    EXPECT_NE(old.exit_code, 0);
    // gRPC hangs up without the alert.
    EXPECT_THAT(old.err, AnyOf(HasSubstr("alert protocol version"), HasSubstr("unexpected eof")));
    EXPECT_EQ(Connect(port, {"-tls1_2"}).exit_code, 0);
    EXPECT_EQ(Connect(port, {"-tls1_3"}).exit_code, 0);
  }
}

TEST_F(TlsTest, WithMutualTlsACallerWithoutACertificateIsRefused) {
  StartTls(Callers::kWithCertificate);
  EXPECT_EQ(Describe(GetJwks(certificates_->Credentials("caller"))), "OK");
  EXPECT_FALSE(GetJwks(certificates_->Credentials(""), kShort).ok());
  EXPECT_EQ(HttpsGet("/livez", AsCaller()).status, 200);
  EXPECT_EQ(HttpsGet("/livez").status, 0);
}

TEST_F(TlsTest, ACertificateOfAnotherAuthorityIsRefused) {
  StartTls(Callers::kWithCertificate);
  const Certificates others;
  grpc::SslCredentialsOptions options;
  options.pem_root_certs = certificates_->Pem("authority.crt");
  options.pem_cert_chain = others.Pem("caller.crt");
  options.pem_private_key = others.Pem("caller.key");
  EXPECT_FALSE(GetJwks(grpc::SslCredentials(options), kShort).ok());
  EXPECT_EQ(
      HttpsGet("/livez", {"-cert", others.File("caller.crt"), "-key", others.File("caller.key")})
          .status,
      0);
}

// What the TLS library and gRPC think of it must not break whoever reads the log.
TEST_F(TlsTest, FailedHandshakesLeaveOnlyLinesOfOurLog) {
  StartTls(Callers::kWithCertificate);
  for (int i = 0; i < 30; ++i) {
    EXPECT_NE(Connect(server().grpc_port(), {"-no_tls1_3"}).exit_code, 0);
  }
  EXPECT_FALSE(GetJwks(grpc::InsecureChannelCredentials(), kShort).ok());
  int of_grpc = 0;
  for (const absl::string_view line : absl::StrSplit(server().log(), '\n', absl::SkipEmpty())) {
    EXPECT_TRUE(absl::StartsWith(line, "{\"ts\":") && absl::EndsWith(line, "}")) << line;
    of_grpc += absl::StrContains(line, "\"msg\":\"grpc\"") ? 1 : 0;
  }
  EXPECT_GT(of_grpc, 0);
}

TEST_F(TlsTest, AReplacedCertificateIsServedWithoutARestart) {
  StartTls(Callers::kAnyone);
  certificates_->Issue("server", "the second server");
  const pid_t pid = server().pid();
  for (const int port : {server().grpc_port(), server().http_port()}) {
    const absl::Time deadline = absl::Now() + absl::Minutes(1);
    bool served = false;
    while (!served && absl::Now() < deadline) {
      served = absl::StrContains(Connect(port, {}).out, "the second server");
    }
    EXPECT_TRUE(served) << (port == server().grpc_port() ? "gRPC" : "HTTP");
  }
  EXPECT_EQ(Describe(GetJwks(certificates_->Credentials(""))), "OK");
  EXPECT_EQ(server().pid(), pid);
}

TEST_F(TlsTest, PlaintextOnAnOpenAddressIsRefusedUnlessItIsNamed) {
  const tests::TestDatabase database;
  const tests::ServerProcess open(database, {{"listen.grpc", "0.0.0.0:0"}});
  for (const std::vector<std::string>& command :
       {std::vector<std::string>{"config", "check"}, std::vector<std::string>{"run"}}) {
    const auto refused = open.RunCommand(command);
    EXPECT_EQ(refused.exit_code, 1);
    EXPECT_THAT(refused.out + refused.err,
                HasSubstr("listen.grpc is not a loopback address and has no TLS"));
  }
  EXPECT_EQ(
      open.RunCommand({"config", "check"}, "", {{"SIGNET_LISTEN_PLAINTEXT", "true"}}).exit_code, 0);
}

}  // namespace
}  // namespace signet::contract
