#include "server/http/http_server.h"

#include <cstdio>
#include <latch>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/http/endpoints.h"

namespace signet::http {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

int Connect(int port) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)), 0);
  return client;
}

std::string ReadAll(int client) {
  std::string all;
  char buffer[4096];
  for (ssize_t size; (size = read(client, buffer, sizeof(buffer))) > 0;) {
    all.append(buffer, static_cast<size_t>(size));
  }
  return all;
}

std::string Exchange(int port, absl::string_view request) {
  const int client = Connect(port);
  EXPECT_EQ(send(client, request.data(), request.size(), MSG_NOSIGNAL),
            static_cast<ssize_t>(request.size()));
  const std::string reply = ReadAll(client);
  close(client);
  return reply;
}

std::string Get(int port, absl::string_view path, absl::string_view fields = "") {
  return Exchange(port, absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: test\r\n", fields, "\r\n"));
}

std::string BodyOf(const std::string& reply) { return reply.substr(reply.find("\r\n\r\n") + 4); }

std::string FieldOf(const std::string& reply, absl::string_view name) {
  for (const absl::string_view line : absl::StrSplit(reply, "\r\n")) {
    if (absl::StartsWith(line, absl::StrCat(name, ": "))) {
      return std::string(line.substr(name.size() + 2));
    }
  }
  return "";
}

class HttpServerTest : public ::testing::Test {
 protected:
  void Start(HttpServer::Options options = {}) {
    options.host = "127.0.0.1";
    auto server = HttpServer::Start(
        options, {Livez(),
                  Readyz({{"database", [this] { return database_problem_; }, weight_},
                          {"keys", [] { return std::string(); }}}),
                  Metrics([] { return std::string("signet_up 1\n"); }),
                  Jwks([this] { return keys_; }, absl::Minutes(5))});
    ASSERT_TRUE(server.ok()) << server.status();
    server_ = *std::move(server);
  }
  int port() const { return server_->port(); }

  std::string database_problem_;
  ReadinessCheck::Weight weight_ = ReadinessCheck::Weight::kRequired;
  std::optional<std::string> keys_ = "{\"keys\":[]}";
  std::unique_ptr<HttpServer> server_;
};

TEST_F(HttpServerTest, LivezAnswersWhateverTheDatabaseDoes) {
  database_problem_ = "gone";
  Start();
  EXPECT_THAT(Get(port(), "/livez"), StartsWith("HTTP/1.1 200 OK\r\n"));
}

//
TEST_F(HttpServerTest, ReadyzNamesEachCheckAndFailsWithAnyOfThem) {
  Start();
  std::string reply = Get(port(), "/readyz");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(BodyOf(reply), "database: ok\nkeys: ok\n");
  database_problem_ = "does not answer";
  reply = Get(port(), "/readyz");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 503 Service Unavailable\r\n"));
  EXPECT_EQ(BodyOf(reply), "database: does not answer\nkeys: ok\n");
}

TEST_F(HttpServerTest, ReadyzTellsOfAConditionThatDoesNotCountAndStaysReady) {
  weight_ = ReadinessCheck::Weight::kTold;
  database_problem_ = "gone";
  Start();
  const std::string reply = Get(port(), "/readyz");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(BodyOf(reply), "database: gone\nkeys: ok\n");
}

TEST_F(HttpServerTest, JwksWithoutKeysIsUnavailableAndNotCached) {
  keys_ = std::nullopt;
  Start();
  const std::string reply = Get(port(), "/.well-known/jwks.json");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 503 "));
  EXPECT_EQ(FieldOf(reply, "Cache-Control"), "no-store");
}

//
TEST_F(HttpServerTest, MetricsAreTextInTheExpositionFormat) {
  Start();
  const std::string reply = Get(port(), "/metrics");
  EXPECT_EQ(FieldOf(reply, "Content-Type"), "text/plain; version=0.0.4; charset=utf-8");
  EXPECT_EQ(BodyOf(reply), "signet_up 1\n");
}

//
TEST_F(HttpServerTest, JwksMayBeCachedAndIsNotSentAgainToWhoHasIt) {
  Start();
  const std::string reply = Get(port(), "/.well-known/jwks.json");
  EXPECT_EQ(FieldOf(reply, "Content-Type"), "application/json");
  EXPECT_EQ(FieldOf(reply, "Cache-Control"), "public, max-age=300, must-revalidate");
  EXPECT_EQ(BodyOf(reply), "{\"keys\":[]}");
  const std::string tag = FieldOf(reply, "ETag");
  for (const std::string& known : {tag, absl::StrCat("W/", tag), absl::StrCat("\"x\", ", tag)}) {
    const std::string again =
        Get(port(), "/.well-known/jwks.json", absl::StrCat("If-None-Match: ", known, "\r\n"));
    EXPECT_THAT(again, StartsWith("HTTP/1.1 304 Not Modified\r\n"));
    EXPECT_EQ(BodyOf(again), "");
  }
}

TEST_F(HttpServerTest, HeadHasTheFieldsOfGetAndNoBody) {
  Start();
  const std::string reply = Exchange(port(), "HEAD /metrics HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_EQ(FieldOf(reply, "Content-Length"), "12");
  EXPECT_EQ(BodyOf(reply), "");
}

TEST_F(HttpServerTest, OtherMethodsAreRefusedAndUnknownPathsNotFound) {
  Start();
  const std::string reply = Exchange(port(), "DELETE /livez HTTP/1.1\r\nHost: test\r\n\r\n");
  EXPECT_THAT(reply, StartsWith("HTTP/1.1 405 "));
  EXPECT_EQ(FieldOf(reply, "Allow"), "GET, HEAD");
  EXPECT_THAT(Get(port(), "/../etc/passwd"), StartsWith("HTTP/1.1 404 "));
  EXPECT_THAT(Get(port(), "/livez/"), StartsWith("HTTP/1.1 404 "));
}

TEST_F(HttpServerTest, EveryReplyCarriesTheSecurityFields) {
  Start();
  for (const char* path : {"/livez", "/nothing"}) {
    const std::string reply = Get(port(), path);
    EXPECT_EQ(FieldOf(reply, "X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(FieldOf(reply, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(FieldOf(reply, "Cache-Control"), "no-store");
    EXPECT_EQ(FieldOf(reply, "Connection"), "close");
  }
}

TEST_F(HttpServerTest, AnOversizedHeadIsRefusedAndTheReplyArrives) {
  Start();
  const std::string large(64 * 1024, 'a');
  EXPECT_THAT(Get(port(), "/livez", absl::StrCat("X: ", large.substr(0, 9000), "\r\n")),
              StartsWith("HTTP/1.1 431 "));
}

TEST_F(HttpServerTest, ARequestThatIsNeverCompletedIsEndedInTime) {
  Start({.request_timeout = absl::Milliseconds(50)});
  EXPECT_THAT(Exchange(port(), "GET /livez HTTP/1.1\r\n"), StartsWith("HTTP/1.1 408 "));
}

TEST_F(HttpServerTest, ABusyPortClosesWhatDoesNotFitTheQueue) {
  std::latch entered(1);
  std::latch leave(1);
  HttpServer::Options options{.host = "127.0.0.1", .threads = 1, .queue = 1};
  auto server = HttpServer::Start(options, {{"/slow", [&](const Request&) {
                                               entered.count_down();
                                               leave.wait();
                                               return Reply{.body = "done"};
                                             }}});
  ASSERT_TRUE(server.ok());
  const auto ask = [&](absl::string_view path) {
    const int client = Connect((*server)->port());
    const std::string request = absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: t\r\n\r\n");
    EXPECT_GT(send(client, request.data(), request.size(), MSG_NOSIGNAL), 0);
    return client;
  };
  const int running = ask("/slow");
  entered.wait();
  const int waiting = ask("/other");
  const int refused = ask("/other");
  EXPECT_EQ(ReadAll(refused), "");
  leave.count_down();
  EXPECT_THAT(ReadAll(running), HasSubstr("done"));
  EXPECT_THAT(ReadAll(waiting), StartsWith("HTTP/1.1 404 "));
  for (const int client : {running, waiting, refused}) close(client);
}

TEST_F(HttpServerTest, AnAddressInUseIsAnErrorThatNamesIt) {
  Start();
  const auto second = HttpServer::Start({.host = "127.0.0.1", .port = port()}, {});
  EXPECT_EQ(second.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_THAT(std::string(second.status().message()), HasSubstr(absl::StrCat(":", port())));
}

// A self-signed certificate with `name`, and its key, as PEM files.
TlsFiles WriteIdentity(const std::string& stem, const std::string& name) {
  EVP_PKEY* key = EVP_EC_gen("P-256");
  X509* certificate = X509_new();
  X509_set_version(certificate, X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
  X509_gmtime_adj(X509_getm_notBefore(certificate), -3600);
  X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
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
    const std::string request = "GET /livez HTTP/1.1\r\nHost: t\r\n\r\n";
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
  const auto server = HttpServer::Start({.host = "127.0.0.1", .tls = files}, {});
  EXPECT_EQ(server.status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace signet::http
