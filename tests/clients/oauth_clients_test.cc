// the ports as clients see them that know the standards and nothing of Signet.

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "tests/clients/client_fixture.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"

namespace signet::clients {
namespace {

using tests::HttpGet;

const char kSource[] = SIGNET_SOURCE_DIR "/tests/clients";
const char kWork[] = SIGNET_CLIENTS_DIR;

class OAuthClientsTest : public ClientFixture {
 protected:
  static void SetUpTestSuite() { StartService(); }
};

// Debian's python3-authlib and python3-jwt.
TEST_F(OAuthClientsTest, AuthlibAndPyJwt) {
  auto environment = Environment();
  environment["AUTHLIB_INSECURE_TRANSPORT"] = "1";  // loopback
  ExpectOk({"/usr/bin/python3", absl::StrCat(kSource, "/python/client.py")}, environment);
}

// What Debian has not, from the registries.
class RegistryClientsTest : public OAuthClientsTest {
 protected:
  // The program `run` of a folder.
  static void RunFolder(const std::string& folder, std::map<std::string, std::string> environment) {
    environment["SOURCE"] = absl::StrCat(kSource, "/", folder);
    environment["WORK"] = absl::StrCat(kWork, "/", folder);
    environment["PROTO"] = SIGNET_SOURCE_DIR "/proto";
    ExpectOk({"/bin/sh", absl::StrCat(kSource, "/", folder, "/run")}, environment);
  }
};

TEST_F(RegistryClientsTest, OpenidClientAndJose) { RunFolder("npm", Environment()); }

TEST_F(RegistryClientsTest, GoOauth2AndGoJose) { RunFolder("go", Environment()); }

// generated clients, as JSON, as protobuf, packed, by GET, and by gRPC.
TEST_F(RegistryClientsTest, ConnectForNode) {
  auto environment = Environment();
  environment["CLIENT"] = "connect.mjs";
  RunFolder("npm", environment);
}

// what people call gRPC services with.
TEST_F(RegistryClientsTest, GrpcurlAndGhz) { RunFolder("grpc", Environment()); }

TEST_F(RegistryClientsTest, TheOpenApiDocumentIsValid) { RunFolder("openapi", Environment()); }

// Debian's Apache as a resource server: one port verifies by the published keys, the other asks.
TEST_F(OAuthClientsTest, ApacheModAuthOpenidc) {
  const int by_keys = tests::FreePort();
  const int by_introspection = tests::FreePort();
  const std::string modules = "/usr/lib/apache2/modules/mod_";
  std::string config =
      absl::StrCat("ServerName localhost\nServerRoot ", scratch().path(), "\nPidFile ",
                   scratch().File("apache.pid"), "\nErrorLog ", scratch().File("apache.log"), "\n");
  for (const char* module : {"mpm_event", "authn_core", "authz_core", "authz_user", "status",
                             "headers", "auth_openidc"}) {
    absl::StrAppend(&config, "LoadModule ", module, "_module ", modules, module, ".so\n");
  }
  const auto host = [&](int port, const std::string& how) {
    absl::StrAppend(&config, "Listen 127.0.0.1:", port, "\n<VirtualHost 127.0.0.1:", port, ">\n",
                    how,
                    "<Location />\n  AuthType oauth20\n  Require claim aud:signet\n"
                    "  SetHandler server-status\n"
                    "  Header set X-User \"expr=%{REMOTE_USER}\"\n</Location>\n</VirtualHost>\n");
  };
  // It speaks to a provider by https alone.
  const std::string provider = absl::StrCat("https://127.0.0.1:", StartWithTls());
  const std::string common =
      "OIDCOAuthSSLValidateServer Off\nOIDCOAuthRemoteUserClaim sub\n"
      "OIDCCryptoPassphrase for-this-test-alone\n";
  host(by_keys,
       absl::StrCat(common, "OIDCOAuthVerifyJwksUri ", provider, "/.well-known/jwks.json\n"));
  host(by_introspection,
       absl::StrCat(common, "OIDCOAuthIntrospectionEndpoint ", provider,
                    "/oauth2/introspect\nOIDCOAuthClientID reader\nOIDCOAuthClientSecret ",
                    api_key(), "\nOIDCOAuthIntrospectionEndpointAuth client_secret_basic\n"));
  tests::Command command;
  command.arguments = {"/usr/sbin/apache2", "-X", "-f", scratch().Write("apache.conf", config)};
  tests::BackgroundProgram apache(command, scratch().File("apache.out"));
  const auto session = NewSession();
  const std::string token = session.tokens().access_token();
  std::string forged = token;
  char& one = forged[forged.size() - 10];
  one = one == 'A' ? 'B' : 'A';
  for (const int port : {by_keys, by_introspection}) {
    ASSERT_TRUE(
        tests::Eventually(absl::Seconds(20), [&] { return HttpGet(port, "/").status != 0; }))
        << apache.output() << tests::ReadFile(scratch().File("apache.log"));
    const auto good = HttpGet(port, "/", {"Authorization: Bearer " + token});
    EXPECT_EQ(good.status, 200) << tests::ReadFile(scratch().File("apache.log"));
    EXPECT_EQ(good.fields.count("x-user") != 0 ? good.fields.at("x-user") : "", session.user_id());
    EXPECT_EQ(HttpGet(port, "/").status, 401);
    EXPECT_EQ(HttpGet(port, "/", {"Authorization: Bearer " + forged}).status, 401);
  }
}

}  // namespace
}  // namespace signet::clients
