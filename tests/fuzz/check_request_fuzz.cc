// Bytes that claim to be a gateway's question: always an answer, and nobody without a token passes
// to where a server could find anything but what is open to everybody.

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "client/base/snapshot.h"
#include "server/domain/ports/gateway_observer.h"
#include "server/rpc/convert/check_messages.h"
#include "server/rpc/services/authorization_service.h"
#include "server/rpc/typed_handler.h"
#include "tests/fuzz/check.h"

namespace signet {
namespace {

class Nobody final : public domain::GatewayObserver {
  void Judged(const domain::GatewayDecision& /*decision*/) override {}
};

class OneHandler final : public rpc::MethodRegistry {
 public:
  void Add(absl::string_view /*full_name*/, rpc::Handler handler) override {
    handler_ = std::move(handler);
  }
  void AddBatch(absl::string_view /*full_name*/, rpc::BatchHandler /*handler*/) override {}
  void AddStream(absl::string_view /*full_name*/, rpc::StreamOpener /*opener*/) override {}
  rpc::Handler handler_;
};

// A server that knows no key, with one open folder.
struct Server {
  base::Snapshot<token::KeySet> keys{std::make_shared<token::KeySet>()};
  base::Snapshot<token::RevocationSet> revocations{std::make_shared<token::RevocationSet>()};
  token::AccessTokenVerifier verifier{{.issuer = "https://id.example.com"}, keys, revocations};
  domain::ValidateToken validate{verifier, keys, revocations, {}};
  Nobody observer;
  domain::JudgeRequest judge{
      *domain::AuthzRules::Make({{"/open/", "anonymous", "true", 1}, {"/", "audience", "api", 2}}),
      validate, observer};
  rpc::AuthorizationService service{judge};
  OneHandler method;
  Server() { service.Register(method); }
};

std::string DecodedOnce(const std::string& path) {
  std::string out;
  for (size_t i = 0; i < path.size(); ++i) {
    const bool escape = path[i] == '%' && i + 2 < path.size() &&
                        absl::ascii_isxdigit(static_cast<unsigned char>(path[i + 1])) &&
                        absl::ascii_isxdigit(static_cast<unsigned char>(path[i + 2]));
    if (escape) {
      out.push_back(static_cast<char>(std::stoi(path.substr(i + 1, 2), nullptr, 16)));
      i += 2;
    } else {
      out.push_back(path[i]);
    }
  }
  return out;
}

// What a server finds that decodes `times`, takes backslashes for slashes and then resolves.
bool IsOpen(std::string path, int times) {
  for (int i = 0; i < times; ++i) path = DecodedOnce(path);
  path = absl::StrReplaceAll(path, {{"\\", "/"}});
  std::vector<std::string> kept;
  for (const absl::string_view segment : absl::StrSplit(path, '/', absl::SkipEmpty())) {
    if (segment == "..") {
      if (!kept.empty()) kept.pop_back();
    } else if (segment != ".") {
      kept.emplace_back(segment);
    }
  }
  return !kept.empty() && kept[0] == "open";
}

}  // namespace
}  // namespace signet

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const auto* const server = new signet::Server();
  const std::string bytes(reinterpret_cast<const char*>(data), size);
  const grpc::Slice slice(bytes);
  grpc::ByteBuffer in(&slice, 1);
  grpc::ByteBuffer out;
  signet::rpc::Call call;
  call.info.now = absl::FromUnixSeconds(1500);
  FUZZ_CHECK(server->method.handler_(call, in, out).ok());
  envoy::service::auth::v3::CheckResponse response;
  FUZZ_CHECK(signet::rpc::ReadMessage(out, response).ok());
  const bool passes = response.status().code() == 0;
  FUZZ_CHECK(passes == response.has_ok_response() && passes != response.has_denied_response());
  if (!passes) return 0;
  envoy::service::auth::v3::CheckRequest request;
  FUZZ_CHECK(request.ParseFromString(bytes));
  const std::string& target = request.attributes().request().http().path();
  const std::string path = target.substr(0, target.find('?'));
  for (int times = 0; times < 3; ++times) FUZZ_CHECK(signet::IsOpen(path, times));
  FUZZ_CHECK(response.ok_response().headers_size() == 0);
  return 0;
}
