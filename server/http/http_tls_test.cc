#include <cstdio>

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/http/http_fixture.h"

namespace signet::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

// A self-signed certificate with `name`, and its key, as PEM files.
TlsFiles WriteIdentity(const std::string& stem, const std::string& name, int64_t life = 3600) {
  EVP_PKEY* key = EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), life);
  X509_set_pubkey(certificate, key);
  X509_NAME* subject = X509_get_subject_name(certificate);
  X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(certificate, subject);
  X509_sign(certificate, key, EVP_sha256());
  TlsFiles files{::testing::TempDir() + stem + ".crt", ::testing::TempDir() + stem + ".key", ""};
  FILE* out = std::fopen(files.certificate.c_str(), "w");
  PEM_write_X509(out, certificate);
  std::fclose(out);
  out = std::fopen(files.key.c_str(), "w");
  PEM_write_PrivateKey(out, key, nullptr, nullptr, 0, nullptr, nullptr);
  std::fclose(out);
  X509_free(certificate);
  EVP_PKEY_free(key);
  return files;
}

struct TlsExchange {
  std::string peer;  // common name of the server
  std::string reply;
};

TlsExchange GetOverTls(int port, const TlsFiles* identity = nullptr, int max_version = 0) {
  TlsExchange result;
  SSL_CTX* context = SSL_CTX_new(TLS_client_method());
  if (max_version != 0) {
    // The client is willing, or its own refusal would be taken for the server's.
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, max_version);
    SSL_CTX_set_max_proto_version(context, max_version);
  }
  if (identity != nullptr) {
    SSL_CTX_use_certificate_file(context, identity->certificate.c_str(), SSL_FILETYPE_PEM);
    SSL_CTX_use_PrivateKey_file(context, identity->key.c_str(), SSL_FILETYPE_PEM);
  }
  SSL* tls = SSL_new(context);
  const int client = Connect(port);
  SSL_set_fd(tls, client);
  if (SSL_connect(tls) == 1) {
    X509* peer = SSL_get1_peer_certificate(tls);
    char name[64] = {};
    X509_NAME_get_text_by_NID(X509_get_subject_name(peer), NID_commonName, name, sizeof(name));
    result.peer = name;
    X509_free(peer);
    const std::string request = "GET /livez HTTP/1.1\r\nHost: t\r\nConnection: close\r\n\r\n";
    SSL_write(tls, request.data(), static_cast<int>(request.size()));
    char buffer[4096];
    for (int size; (size = SSL_read(tls, buffer, sizeof(buffer))) > 0;) {
      result.reply.append(buffer, static_cast<size_t>(size));
    }
  }
  SSL_free(tls);
  SSL_CTX_free(context);
  close(client);
  return result;
}

// TLS, and a new certificate without a restart.
TEST_F(HttpServerTest, ServesTlsAndTakesANewCertificateWhenTheFilesChange) {
  Start({.tls = WriteIdentity("http_reload", "first")});
  TlsExchange exchange = GetOverTls(port());
  EXPECT_EQ(exchange.peer, "first");
  EXPECT_THAT(exchange.reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(FieldOf(exchange.reply, "Strict-Transport-Security"), "max-age=31536000");
  WriteIdentity("http_reload", "second");
  EXPECT_EQ(GetOverTls(port()).peer, "second");
}

// a certificate that was replaced counts at once, though nobody has connected since.
TEST_F(HttpServerTest, TellsWhenItsCertificateEnds) {
  EXPECT_FALSE(metrics_.certificate_end);
  Start({.tls = WriteIdentity("http_end", "first", 3600)});
  const absl::Time first = metrics_.certificate_end().value();
  EXPECT_LT(absl::AbsDuration(first - absl::Now() - absl::Hours(1)), absl::Minutes(5));
  WriteIdentity("http_end", "second", 86400);
  const absl::Time second = metrics_.certificate_end().value();
  EXPECT_LT(absl::AbsDuration(second - first - absl::Hours(23)), absl::Minutes(5));
}

TEST_F(HttpServerTest, ACertificateThatCannotBeReadLeavesTheLastGoodOne) {
  const TlsFiles files = WriteIdentity("http_broken", "good");
  Start({.tls = files});
  std::fclose(std::fopen(files.certificate.c_str(), "w"));
  EXPECT_EQ(GetOverTls(port()).peer, "good");
}

// TLS 1.2 at least.
TEST_F(HttpServerTest, RefusesOldVersionsOfTlsAndPlaintext) {
  Start({.tls = WriteIdentity("http_old", "server")});
  EXPECT_EQ(GetOverTls(port(), nullptr, TLS1_1_VERSION).reply, "");
  EXPECT_THAT(Get(port(), "/livez"), Not(HasSubstr("200 OK")));
}

// mutual TLS.
TEST_F(HttpServerTest, DemandsAClientCertificateOfTheGivenAuthority) {
  TlsFiles files = WriteIdentity("http_mutual", "server");
  const TlsFiles client = WriteIdentity("http_client", "client");
  const TlsFiles stranger = WriteIdentity("http_stranger", "stranger");
  files.client_ca = client.certificate;
  Start({.tls = files});
  EXPECT_EQ(GetOverTls(port()).reply, "");
  EXPECT_EQ(GetOverTls(port(), &stranger).reply, "");
  EXPECT_THAT(GetOverTls(port(), &client).reply, StartsWith("HTTP/1.1 200 OK\r\n"));
}

TEST_F(HttpServerTest, FilesThatDoNotBelongTogetherAreRefusedAtTheStart) {
  TlsFiles files = WriteIdentity("http_one", "one");
  files.key = WriteIdentity("http_two", "two").key;
  const auto server =
      HttpServer::Start({.host = "127.0.0.1", .tls = files}, {}, {clock_, logger_, metrics_});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace signet::http
