#include "server/rpc/server_credentials.h"

#include <algorithm>
#include <fstream>
#include <string>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "grpcpp/security/tls_certificate_provider.h"
#include "grpcpp/security/tls_credentials_options.h"

namespace signet::rpc {
namespace {

absl::Status CheckPem(absl::string_view what, const std::string& path) {
  std::ifstream file(path);
  std::string line;
  while (std::getline(file, line)) {
    if (absl::StartsWith(line, "-----BEGIN ")) return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("no PEM of the ", what, " in '", path, "'"));
}

unsigned int ReloadSeconds(const TlsFiles& files) {
  return static_cast<unsigned int>(
      std::max<int64_t>(1, absl::ToInt64Seconds(files.reload_interval)));
}

}  // namespace

absl::StatusOr<std::shared_ptr<grpc::ServerCredentials>> MakeServerCredentials(
    const Listener& listener) {
  if (listener.security == Listener::Security::kPlaintext) {
    return grpc::InsecureServerCredentials();
  }
  const TlsFiles& files = listener.tls;
  const bool mutual = listener.security == Listener::Security::kMutualTls;
  SIGNET_RETURN_IF_ERROR(CheckPem("private key", files.private_key));
  SIGNET_RETURN_IF_ERROR(CheckPem("certificate chain", files.certificate_chain));
  if (mutual) SIGNET_RETURN_IF_ERROR(CheckPem("callers' root certificates", files.client_roots));

  auto provider = std::make_shared<grpc::experimental::FileWatcherCertificateProvider>(
      files.private_key, files.certificate_chain, mutual ? files.client_roots : std::string(),
      ReloadSeconds(files));
  grpc::experimental::TlsServerCredentialsOptions options(std::move(provider));
  options.watch_identity_key_cert_pairs();
  if (mutual) {
    options.watch_root_certs();
    options.set_cert_request_type(GRPC_SSL_REQUEST_AND_REQUIRE_CLIENT_CERTIFICATE_AND_VERIFY);
  } else {
    options.set_cert_request_type(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  }
  return grpc::experimental::TlsServerCredentials(options);
}

}  // namespace signet::rpc
