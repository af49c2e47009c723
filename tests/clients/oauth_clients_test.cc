// the HTTP port as clients see it that know the standards and nothing of Signet.

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "tests/clients/client_fixture.h"

namespace signet::clients {
namespace {

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
class RegistryClientsTest : public OAuthClientsTest {};

TEST_F(RegistryClientsTest, OpenidClientAndJose) {
  auto environment = Environment();
  environment["SOURCE"] = absl::StrCat(kSource, "/npm");
  environment["WORK"] = absl::StrCat(kWork, "/npm");
  ExpectOk({"/bin/sh", absl::StrCat(kSource, "/npm/run")}, environment);
}

TEST_F(RegistryClientsTest, GoOauth2AndGoJose) {
  auto environment = Environment();
  environment["SOURCE"] = absl::StrCat(kSource, "/go");
  environment["WORK"] = absl::StrCat(kWork, "/go");
  ExpectOk({"/bin/sh", absl::StrCat(kSource, "/go/run")}, environment);
}

}  // namespace
}  // namespace signet::clients
