#include "server/http/oauth/discovery.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "server/http/oauth/json_object.h"

namespace signet::http {
namespace {

constexpr char kServerMetadata[] = "/.well-known/oauth-authorization-server";
constexpr char kOpenIdMetadata[] = "/.well-known/openid-configuration";

const std::vector<std::string>& ClientMethods() {
  static const std::vector<std::string> methods = {"client_secret_basic", "client_secret_post"};
  return methods;
}

const std::vector<std::string>& ClientMethodsAndNone() {
  static const std::vector<std::string> methods = {"client_secret_basic", "client_secret_post",
                                                   "none"};
  return methods;
}

JsonObject Metadata(const std::string& issuer) {
  const absl::string_view base = absl::StripSuffix(issuer, "/");
  JsonObject metadata;
  metadata.Add("issuer", issuer)
      .Add("jwks_uri", absl::StrCat(base, "/.well-known/jwks.json"))
      .Add("token_endpoint", absl::StrCat(base, "/oauth2/token"))
      .Add("introspection_endpoint", absl::StrCat(base, "/oauth2/introspect"))
      .Add("revocation_endpoint", absl::StrCat(base, "/oauth2/revoke"))
      .Add("response_types_supported", std::vector<std::string>())
      .Add("grant_types_supported", std::vector<std::string>{"refresh_token", "client_credentials"})
      .Add("token_endpoint_auth_methods_supported", ClientMethodsAndNone())
      .Add("introspection_endpoint_auth_methods_supported", ClientMethods())
      .Add("revocation_endpoint_auth_methods_supported", ClientMethodsAndNone());
  return metadata;
}

Reply Document(std::string json) {
  Reply reply{.content_type = "application/json",
              .body = std::move(json),
              .cache_control = "public, max-age=3600"};
  reply.fields.push_back({"Access-Control-Allow-Origin", "*"});
  return reply;
}

// "/auth" of "https://example.com/auth/"; empty for an issuer without a path.
std::string PathOf(absl::string_view issuer) {
  const size_t scheme = issuer.find("://");
  if (scheme == issuer.npos) return "";
  const size_t slash = issuer.find('/', scheme + 3);
  if (slash == issuer.npos) return "";
  return std::string(absl::StripSuffix(issuer.substr(slash), "/"));
}

}  // namespace

std::vector<Route> Discovery(const std::string& issuer,
                             std::function<std::vector<std::string>()> algorithms) {
  const auto server = [issuer](const Request&) { return Document(Metadata(issuer).Take()); };
  std::vector<Route> routes = {{kServerMetadata, server}};
  if (const std::string path = PathOf(issuer); !path.empty()) {
    routes.push_back({absl::StrCat(kServerMetadata, path), server});
  }
  // What that document has to say besides; the tokens that these keys sign are access tokens.
  routes.push_back({kOpenIdMetadata, [issuer, algorithms = std::move(algorithms)](const Request&) {
                      return Document(
                          Metadata(issuer)
                              .Add("subject_types_supported", std::vector<std::string>{"public"})
                              .Add("id_token_signing_alg_values_supported", algorithms())
                              .Take());
                    }});
  return routes;
}

}  // namespace signet::http
