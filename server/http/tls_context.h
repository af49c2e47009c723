#pragma once

#include <array>
#include <memory>
#include <optional>
#include <string>

#include <openssl/ssl.h>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"

namespace signet::http {

struct TlsFiles {
  std::string certificate;  // chain, PEM
  std::string key;          // PEM
  std::string client_ca;    // PEM; when set, every client must present a certificate of it
};

// The server side of TLS (1.2 and later), read again when a file changes. A change that
// cannot be read, such as a certificate whose key has not been replaced yet, is left for the next
// handshake and the last good one goes on serving. Thread-safe.
class TlsContext {
 public:
  // INVALID_ARGUMENT naming the file that cannot be used.
  static absl::StatusOr<std::unique_ptr<TlsContext>> Make(TlsFiles files);

  // For the next handshake.
  std::shared_ptr<SSL_CTX> Current();
  // When the certificate that the next handshake shows ends; nothing where OpenSSL cannot tell.
  std::optional<absl::Time> CertificateEnd();

 private:
  // What tells one version of the files from another without reading them.
  using Version = std::array<int64_t, 9>;

  TlsContext(TlsFiles files, std::shared_ptr<SSL_CTX> context, Version version)
      : files_(std::move(files)), context_(std::move(context)), version_(version) {}
  static absl::StatusOr<std::shared_ptr<SSL_CTX>> Read(const TlsFiles& files);
  static Version VersionOf(const TlsFiles& files);

  const TlsFiles files_;
  base::Mutex mutex_;
  std::shared_ptr<SSL_CTX> context_ ABSL_GUARDED_BY(mutex_);
  Version version_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::http
