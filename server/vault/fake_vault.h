#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/base/fake_clock.h"
#include "client/base/mutex.h"
#include "server/fetch/stub_http_server.h"
#include "server/vault/vault_observer.h"
#include "server/vault/vault_session.h"

namespace signet::vault {

// Vault on a loopback port with answers in the form that its API documents, by request line;
// whatever has none is answered as Vault answers an unknown path.
class FakeVault {
 public:
  using Reply = fetch::StubHttpServer::Reply;

  static constexpr char kLogin[] = "POST /v1/auth/approle/login";
  static constexpr char kRenew[] = "POST /v1/auth/token/renew-self";
  static constexpr char kLookup[] = "GET /v1/auth/token/lookup-self";
  static constexpr char kCredentials[] = "GET /v1/database/creds/signet";
  static constexpr char kRenewLease[] = "POST /v1/sys/leases/renew";

  void Answer(const std::string& line, Reply reply) {
    base::MutexLock lock(mutex_);
    replies_[line] = std::move(reply);
  }
  void Answer(const std::string& line, const std::string& body) {
    Answer(line, Reply{.body = body});
  }
  void Refuse(const std::string& line, const std::string& status, const std::string& error) {
    Answer(line, Reply{.status = status, .body = absl::StrCat("{\"errors\":[\"", error, "\"]}\n")});
  }
  // Every question is answered so until Return().
  void Leave(Reply reply = Sealed()) {
    base::MutexLock lock(mutex_);
    away_ = true;
    whatever_ = std::move(reply);
  }
  void Return() {
    base::MutexLock lock(mutex_);
    away_ = false;
  }

  static Reply Sealed() {
    return {.status = "503 Service Unavailable", .body = R"({"errors":["Vault is sealed"]})"};
  }
  static std::string Token(const std::string& token, int seconds, bool renewable = true) {
    return absl::StrCat(
        R"({"request_id":"0f4a35e6-5b1c-9ac6-4f5b-0a9e4b4a7c11","lease_id":"","renewable":false,)"
        R"("lease_duration":0,"data":null,"wrap_info":null,"warnings":null,"auth":{"client_token":")",
        token,
        R"(","accessor":"qhVhSHzQ4nJhV1tq8bqgQ0Yq","policies":["default","signet"],"token_policies":)"
        R"(["default","signet"],"metadata":{"role_name":"signet"},"lease_duration":)",
        seconds, R"(,"renewable":)", renewable ? "true" : "false",
        R"(,"entity_id":"2a0b","token_type":"service","orphan":true,"num_uses":0},"mount_type":""})");
  }
  static std::string Credentials(const std::string& user, int seconds) {
    return absl::StrCat(
        R"({"request_id":"5a4a","lease_id":"database/creds/signet/)", user,
        R"(","renewable":true,"lease_duration":)", seconds, R"(,"data":{"password":"p-of-)", user,
        R"(","username":")", user,
        R"("},"wrap_info":null,"warnings":null,"auth":null,"mount_type":"database"})");
  }
  static std::string RenewedLease(int seconds) {
    return absl::StrCat(
        R"({"request_id":"77aa","lease_id":"database/creds/signet/x","renewable":true,)"
        R"("lease_duration":)",
        seconds, R"(,"data":null,"wrap_info":null,"warnings":null,"auth":null,"mount_type":""})");
  }

  // How often this was asked.
  int Count(const std::string& line) const {
    int count = 0;
    for (const auto& request : server_.requests()) count += request.line == line ? 1 : 0;
    return count;
  }
  fetch::StubHttpServer::Request last() const { return server_.last(); }
  size_t asked() const { return server_.requests().size(); }
  std::string url() const { return server_.url(); }

 private:
  Reply Find(const std::string& line) const {
    base::MutexLock lock(mutex_);
    if (away_) return whatever_;
    const auto found = replies_.find(line);
    if (found != replies_.end()) return found->second;
    return {.status = "404 Not Found", .body = R"({"errors":[]})"};
  }

  mutable base::Mutex mutex_;
  std::map<std::string, Reply> replies_ ABSL_GUARDED_BY(mutex_);
  bool away_ ABSL_GUARDED_BY(mutex_) = false;
  Reply whatever_ ABSL_GUARDED_BY(mutex_);
  fetch::StubHttpServer server_{[this](const auto& request) { return Find(request.line); }};
};

class CountingObserver final : public VaultObserver {
 public:
  void OnResult(VaultResult result) override { ++results[result]; }
  void OnLease(VaultLease lease) override { ++leases[lease]; }
  void OnCredentials(absl::Time, absl::Time ends) override { ends_at = ends; }
  void OnTrouble(absl::string_view, const absl::Status& status) override {
    troubles.push_back(status);
  }
  void OnRecovered() override { ++recovered; }

  std::map<VaultResult, int> results;
  std::map<VaultLease, int> leases;
  std::vector<absl::Status> troubles;
  absl::Time ends_at = absl::InfinitePast();
  int recovered = 0;
};

// Somebody logged in by AppRole, with a clock that stands.
struct FakeLogin {
  explicit FakeLogin(FakeVault& fake) : api({.addresses = {fake.url()}}, observer) {
    fake.Answer(FakeVault::kLogin, FakeVault::Token("hvs.first", 60));
    fake.Answer(FakeVault::kLookup, R"({"data":{"id":"hvs.first","ttl":60}})");
  }

  CountingObserver observer;
  base::FakeClock clock{absl::FromUnixSeconds(1'800'000'000)};
  VaultApi api;
  VaultSession session{
      api, {.role = "signet-role", .secret = base::Secret("secret-id")}, clock, observer};
};

}  // namespace signet::vault
