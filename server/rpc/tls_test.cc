#include <chrono>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <gtest/gtest.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <unistd.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "server/rpc/nobody_is_known.h"
#include "server/rpc/server.h"
#include "server/rpc/stream.h"
#include "server/rpc/typed_handler.h"
#include "signet/v1/token_service.grpc.pb.h"

namespace signet::rpc {
namespace {

struct Identity {
  std::string key;
  std::string certificate;  // self-signed, for localhost
};

std::string Pem(const std::function<int(BIO*)>& write) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(BIO_new(BIO_s_mem()), &BIO_free);
  EXPECT_EQ(write(bio.get()), 1);
  char* data = nullptr;
  const auto size = BIO_get_mem_data(bio.get(), &data);
  return std::string(data, static_cast<size_t>(size));
}

Identity MakeIdentity() {
  const std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> key(
      EVP_PKEY_Q_keygen(nullptr, nullptr, "EC", "P-256"), &EVP_PKEY_free);
  const std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), &X509_free);
  X509* x = certificate.get();
  X509_set_version(x, 2);
  ASN1_INTEGER_set(X509_get_serialNumber(x), 1);
  X509_gmtime_adj(X509_getm_notBefore(x), -3600);
  X509_gmtime_adj(X509_getm_notAfter(x), 3600);
  X509_set_pubkey(x, key.get());
  X509_NAME* name = X509_get_subject_name(x);
  const unsigned char host[] = "localhost";
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, host, -1, -1, 0);
  X509_set_issuer_name(x, name);
  for (const auto& [kind, value] : {std::pair(NID_subject_alt_name, "DNS:localhost"),
                                    std::pair(NID_basic_constraints, "critical,CA:TRUE")}) {
    X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, nullptr, kind, value);
    X509_add_ext(x, extension, -1);
    X509_EXTENSION_free(extension);
  }
  X509_sign(x, key.get(), EVP_sha256());
  return {Pem([&](BIO* bio) {
            return PEM_write_bio_PrivateKey(bio, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
          }),
          Pem([&](BIO* bio) { return PEM_write_bio_X509(bio, x); })};
}

// The whole table is not of interest here: every method answers with nothing.
class Silent final : public Service {
 public:
  std::string full_name() const override { return "signet.v1.TokenService"; }
  void Register(MethodRegistry& registry) override {
    for (const MethodRow& row : MethodTable()) {
      if (row.service() != full_name()) continue;
      if (row.stream != Stream::kNone) {
        registry.AddStream(row.full_name, [](const Call&) { return nullptr; });  // never opened
        continue;
      }
      registry.Add(row.full_name, TypedHandler<v1::GetJwksRequest, v1::GetJwksResponse>(
                                      [](const Call&, auto&, auto&) { return absl::OkStatus(); }));
    }
  }
};

std::vector<MethodRow> TokenRows() {
  std::vector<MethodRow> rows;
  for (const MethodRow& row : MethodTable()) {
    if (row.service() != "signet.v1.TokenService") continue;
    rows.push_back(row);
    rows.back().lane = Lane::kInline;  // one form of handler for all
    rows.back().limited = domain::LimitedAction::kNone;
    rows.back().services = ServiceAccounts::kRefused;
  }
  return rows;
}

// TLS on the port, mutual where asked for, with reload.
class TlsTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  void Put(const std::string& name, const std::string& text) {
    std::ofstream(folder_ / name) << text;
  }

  void Start(Listener::Security security) {
    Put("key.pem", server_identity_.key);
    Put("cert.pem", server_identity_.certificate);
    Put("roots.pem", client_identity_.certificate);
    Listener listener{"127.0.0.1:0", security, {}};
    listener.tls = {folder_ / "key.pem", folder_ / "cert.pem", folder_ / "roots.pem",
                    absl::Seconds(1)};
    ServerOptions options;
    options.listeners.push_back(listener);
    std::vector<std::unique_ptr<Service>> services;
    services.push_back(std::make_unique<Silent>());
    server_ = std::make_unique<Server>(
        options,
        ServerCollaborators{clock_, nobody_, logger_, metrics_, lane_metrics_, connections_},
        std::move(services), rows_);
    ASSERT_EQ(server_->Start(), absl::OkStatus());
  }

  bool Reaches(const std::string& trusted, const Identity* own = nullptr) {
    grpc::SslCredentialsOptions options;
    options.pem_root_certs = trusted;
    if (own != nullptr) {
      options.pem_private_key = own->key;
      options.pem_cert_chain = own->certificate;
    }
    grpc::ChannelArguments arguments;
    arguments.SetInt("attempt", ++attempts_);  // a connection of its own
    // By address, because gRPC's resolver leaks the names it looks up.
    arguments.SetSslTargetNameOverride("localhost");
    const auto channel = grpc::CreateCustomChannel(absl::StrCat("127.0.0.1:", server_->ports()[0]),
                                                   grpc::SslCredentials(options), arguments);
    return Answers(channel);
  }

  static bool Answers(const std::shared_ptr<grpc::Channel>& channel) {
    grpc::ClientContext context;
    context.set_deadline(std::chrono::system_clock::now() + std::chrono::seconds(20));
    v1::GetJwksResponse response;
    return v1::TokenService::NewStub(channel)
        ->GetJwks(&context, v1::GetJwksRequest(), &response)
        .ok();
  }

  const std::filesystem::path folder_ =
      std::filesystem::path(testing::TempDir()) / absl::StrCat("signet-tls-", getpid());
  const Identity server_identity_ = MakeIdentity();
  const Identity client_identity_ = MakeIdentity();
  const std::vector<MethodRow> rows_ = TokenRows();
  int attempts_ = 0;
  base::SystemClock clock_;
  NobodyIsKnown nobody_;
  observe::LogWriter writer_{STDERR_FILENO};
  observe::Logger logger_{writer_, clock_, observe::LogLevel::kError};
  observe::GrpcMetrics metrics_{MetricMethods(rows_)};
  observe::LaneMetrics lane_metrics_;
  observe::ConnectionMetrics connections_;
  std::unique_ptr<Server> server_;
};

TEST_F(TlsTest, ServesThoseWhoTrustItsCertificateAndNobodyInPlaintext) {
  Start(Listener::Security::kTls);
  EXPECT_TRUE(Reaches(server_identity_.certificate));
  EXPECT_FALSE(Answers(grpc::CreateChannel(absl::StrCat("127.0.0.1:", server_->ports()[0]),
                                           grpc::InsecureChannelCredentials())));
}

TEST_F(TlsTest, MutualTlsAdmitsOnlyCallersWithACertificateOfItsRoots) {
  Start(Listener::Security::kMutualTls);
  EXPECT_TRUE(Reaches(server_identity_.certificate, &client_identity_));
  EXPECT_FALSE(Reaches(server_identity_.certificate));
  const Identity stranger = MakeIdentity();
  EXPECT_FALSE(Reaches(server_identity_.certificate, &stranger));
}

TEST_F(TlsTest, AReplacedCertificateIsUsedWithoutARestart) {
  Start(Listener::Security::kTls);
  ASSERT_TRUE(Reaches(server_identity_.certificate));
  const Identity next = MakeIdentity();
  Put("key.pem", next.key);
  Put("cert.pem", next.certificate);
  const absl::Time give_up = absl::Now() + absl::Seconds(60);
  bool reached = false;
  while (!reached && absl::Now() < give_up) reached = Reaches(next.certificate);
  EXPECT_TRUE(reached);
}

}  // namespace
}  // namespace signet::rpc
