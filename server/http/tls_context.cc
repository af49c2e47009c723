#include "server/http/tls_context.h"

#include <ctime>
#include <utility>

#include <openssl/asn1.h>
#include <openssl/err.h>
#include <openssl/x509.h>
#include <sys/stat.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"

namespace signet::http {
namespace {

absl::Status CannotUse(absl::string_view what, const std::string& file) {
  ERR_clear_error();
  return absl::InvalidArgumentError(absl::StrCat("cannot use the ", what, " in ", file));
}

absl::Status DemandClientCertificates(SSL_CTX& context, const std::string& file) {
  if (SSL_CTX_load_verify_locations(&context, file.c_str(), nullptr) != 1) {
    return CannotUse("client authorities", file);
  }
  SSL_CTX_set_client_CA_list(&context, SSL_load_client_CA_file(file.c_str()));
  SSL_CTX_set_verify(&context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsContext>> TlsContext::Make(TlsFiles files) {
  const Version version = VersionOf(files);
  auto context = Read(files);
  if (!context.ok()) return context.status();
  return absl::WrapUnique(new TlsContext(std::move(files), *std::move(context), version));
}

std::shared_ptr<SSL_CTX> TlsContext::Current() {
  base::MutexLock lock(mutex_);
  const Version version = VersionOf(files_);
  if (version == version_) return context_;
  if (auto next = Read(files_); next.ok()) {
    context_ = *std::move(next);
    version_ = version;
  }
  return context_;
}

std::optional<absl::Time> TlsContext::CertificateEnd() {
  const std::shared_ptr<SSL_CTX> context = Current();
  std::tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(SSL_CTX_get0_certificate(context.get())), &end) != 1) {
    return std::nullopt;
  }
  return absl::FromTM(end, absl::UTCTimeZone());
}

absl::StatusOr<std::shared_ptr<SSL_CTX>> TlsContext::Read(const TlsFiles& files) {
  std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
  if (context == nullptr) return absl::InternalError("OpenSSL cannot make a TLS context");
  SSL_CTX_set_min_proto_version(context.get(), TLS1_2_VERSION);
  // Connections are short and few: resumption would only keep secrets longer.
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context.get(),
                      SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_CIPHER_SERVER_PREFERENCE);
  if (SSL_CTX_use_certificate_chain_file(context.get(), files.certificate.c_str()) != 1) {
    return CannotUse("certificate", files.certificate);
  }
  if (SSL_CTX_use_PrivateKey_file(context.get(), files.key.c_str(), SSL_FILETYPE_PEM) != 1 ||
      SSL_CTX_check_private_key(context.get()) != 1) {
    return CannotUse("private key of the certificate", files.key);
  }
  if (!files.client_ca.empty()) {
    absl::Status status = DemandClientCertificates(*context, files.client_ca);
    if (!status.ok()) return status;
  }
  return context;
}

TlsContext::Version TlsContext::VersionOf(const TlsFiles& files) {
  Version version{};
  size_t next = 0;
  for (const std::string* file : {&files.certificate, &files.key, &files.client_ca}) {
    struct stat status {};
    if (!file->empty()) stat(file->c_str(), &status);
    version[next++] = status.st_mtim.tv_sec * 1'000'000'000 + status.st_mtim.tv_nsec;
    version[next++] = static_cast<int64_t>(status.st_ino);
    version[next++] = status.st_size;
  }
  return version;
}

}  // namespace signet::http
