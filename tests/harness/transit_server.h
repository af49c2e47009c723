#pragma once

#include <atomic>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/fetch/stub_http_server.h"

namespace signet::tests {

// Vault with a transit key "signet" for a `signetd` of a test: what it seals it opens, and any
// other of these does, too, as replicas have different ways to one Vault. It hides nothing.
class TransitServer {
 public:
  // From now on every question is taken, and none is answered, as where packets are lost.
  void Swallow() { swallows_ = true; }
  void AnswerAgain() { swallows_ = false; }

  std::string url() const { return server_.url(); }
  // How often it was asked to open.
  int opened() const { return opened_; }
  size_t asked() const { return server_.requests().size(); }

 private:
  using Reply = fetch::StubHttpServer::Reply;

  // Of a body of texts in which nothing is escaped: base64, and what Seal() makes.
  static std::string Member(const std::string& body, const std::string& name) {
    const size_t begin = body.find(absl::StrCat("\"", name, "\":\""));
    if (begin == body.npos) return "";
    const size_t from = begin + name.size() + 4;
    return body.substr(from, body.find('"', from) - from);
  }

  Reply Answer(const fetch::StubHttpServer::Request& request) {
    if (swallows_) return {.silent = true};
    if (absl::EndsWith(request.line, "/login") || absl::EndsWith(request.line, "/renew-self")) {
      return {.body = R"({"auth":{"client_token":"hvs.test","lease_duration":3600,)"
                      R"("renewable":true}})"};
    }
    const std::string context = Member(request.body, "associated_data");
    if (absl::EndsWith(request.line, "/transit/encrypt/signet")) {
      return {.body = absl::StrCat(R"({"data":{"ciphertext":"vault:v1:)",
                                   Member(request.body, "plaintext"), ".", context, "\"}}")};
    }
    if (absl::EndsWith(request.line, "/transit/decrypt/signet")) {
      ++opened_;
      const std::string sealed = Member(request.body, "ciphertext").substr(9);
      const std::vector<std::string> parts = absl::StrSplit(sealed, '.');
      if (parts.size() == 2 && parts[1] == context) {
        return {.body = absl::StrCat(R"({"data":{"plaintext":")", parts[0], "\"}}")};
      }
      return {.status = "400 Bad Request", .body = R"({"errors":["invalid ciphertext"]})"};
    }
    return {.status = "404 Not Found", .body = R"({"errors":[]})"};
  }

  std::atomic<bool> swallows_{false};
  std::atomic<int> opened_{0};
  fetch::StubHttpServer server_{[this](const auto& request) { return Answer(request); }};
};

}  // namespace signet::tests
