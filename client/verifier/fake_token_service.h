#pragma once

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/grpcpp.h>
#include <signet/v1/token_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/token/token_fixture.h"

namespace signet::verifier {

inline google::protobuf::Timestamp Stamp(absl::Time time) {
  google::protobuf::Timestamp stamp;
  stamp.set_seconds(absl::ToUnixSeconds(time));
  stamp.set_nanos(static_cast<int32_t>(
      absl::ToInt64Nanoseconds(time - absl::FromUnixSeconds(stamp.seconds()))));
  return stamp;
}

// The log and the keys of one deployment, which the servers of a test share.
class FakeDeployment {
 public:
  FakeDeployment() { PutKey("k"); }

  // What the deployment did; every server that is not deaf tells it.
  v1::Revocation Revoke(v1::RevocationKind kind, const std::string& subject) {
    const std::lock_guard lock(mutex);
    v1::Revocation entry;
    entry.set_sequence(static_cast<int64_t>(log.size()) + 1);
    entry.set_kind(kind);
    entry.set_subject(subject);
    *entry.mutable_record_time() = Stamp(absl::Now());
    *entry.mutable_expire_time() = Stamp(absl::Now() + absl::Hours(1));
    log.push_back(entry);
    changed.notify_all();
    return entry;
  }
  void PutKey(const std::string& kid) {
    const std::lock_guard lock(mutex);
    kids.push_back(kid);
    token::KeySet::Builder builder;
    for (const std::string& name : kids) {
      builder.Add(name, token::TestKey().verifying_key()).IgnoreError();
    }
    ++key_set_version;
    jwks = builder.Build(key_set_version).jwks_json();
    changed.notify_all();
  }
  // From now on this is said to be known; nothing: the present.
  void SetAsOf(absl::Time time) {
    const std::lock_guard lock(mutex);
    as_of = time;
    changed.notify_all();
  }

  // Servers say from now on that they last looked at the keys then; the infinite future: just now.
  void SetKeysAsOf(absl::Time time) {
    const std::lock_guard lock(mutex);
    keys_as_of = time;
    changed.notify_all();
  }
  // As on a server that has not been able to look since then.
  void GoBackToTheFirstKeySet(absl::Time looked_at) {
    token::KeySet::Builder builder;
    builder.Add("k", token::TestKey().verifying_key()).IgnoreError();
    const std::lock_guard lock(mutex);
    keys_as_of = looked_at;
    key_set_version = 1;
    jwks = builder.Build(1).jwks_json();
    changed.notify_all();
  }

  std::mutex mutex;
  std::condition_variable changed;
  std::vector<v1::Revocation> log;
  std::vector<std::string> kids;
  std::string jwks;
  int64_t key_set_version = 0;
  absl::Time as_of = absl::InfiniteFuture();  // infinite: the present
  absl::Time keys_as_of = absl::InfiniteFuture();
};

// For tests alone: TokenService as the verifier sees it, on an address of its own, until it goes.
class FakeTokenServer final : public v1::TokenService::Service {
 public:
  explicit FakeTokenServer(
      FakeDeployment& deployment, const std::string& address = "127.0.0.1:0",
      std::shared_ptr<grpc::ServerCredentials> credentials = grpc::InsecureServerCredentials())
      : deployment_(deployment) {
    grpc::ServerBuilder builder;
    int port = 0;
    builder.AddListeningPort(address, credentials, &port);
    builder.RegisterService(this);
    server_ = builder.BuildAndStart();
    address_ = port == 1 || port == 0 ? address : absl::StrCat("127.0.0.1:", port);
  }
  ~FakeTokenServer() override {
    server_->Shutdown(std::chrono::system_clock::now());
    server_->Wait();
  }

  const std::string& address() const { return address_; }

  // Ends every stream.
  void Cut() {
    const std::lock_guard lock(deployment_.mutex);
    ++cuts_;
    deployment_.changed.notify_all();
  }
  // Says nothing more, and keeps the streams open.
  void FallSilent() {
    const std::lock_guard lock(deployment_.mutex);
    silent_ = true;
  }
  // Hears of nothing more: tells of the log as it is now, as of now.
  void GoDeaf() {
    const std::lock_guard lock(deployment_.mutex);
    deaf_at_ = deployment_.log.size();
    deaf_as_of_ = absl::Now();
  }

  template <typename T>
  T Locked(T FakeTokenServer::*member) {
    const std::lock_guard lock(deployment_.mutex);
    return this->*member;
  }

  std::vector<v1::WatchRevocationsRequest> watches;  // each guarded by the deployment's mutex
  std::vector<int64_t> acknowledged;
  int key_watches = 0;  // connections
  int key_sets_sent = 0;
  std::set<std::string> verifier_ids;
  int questions = 0;
  int tokens_issued = 0;
  v1::ValidateResponse answer;
  bool fails_to_issue = false;
  bool holds_back_issuing = false;

  grpc::Status WatchRevocations(grpc::ServerContext* context,
                                const v1::WatchRevocationsRequest* request,
                                grpc::ServerWriter<v1::WatchRevocationsResponse>* writer) override {
    std::unique_lock lock(deployment_.mutex);
    watches.push_back(*request);
    const int cuts = cuts_;
    size_t sent = static_cast<size_t>(request->resume_after());
    const auto& log = deployment_.log;
    if (sent == 0 || sent > Known() ||
        log[sent - 1].record_time().SerializeAsString() !=
            request->resume_record_time().SerializeAsString()) {
      sent = Known();
      if (!SendSnapshot(*writer)) return grpc::Status::OK;
    }
    for (bool first = true; !context->IsCancelled(); first = false) {
      if (!first) deployment_.changed.wait_for(lock, std::chrono::milliseconds(10));
      if (cuts_ != cuts) return {grpc::StatusCode::UNAVAILABLE, "cut"};
      if (silent_) continue;
      v1::WatchRevocationsResponse message;
      message.set_kind(v1::WatchRevocationsResponse::KIND_DELTA);
      for (; sent < Known(); ++sent) *message.add_revocations() = log[sent];
      message.set_sequence(static_cast<int64_t>(sent));
      *message.mutable_as_of() = Stamp(AsOf());
      if (!writer->Write(message)) break;
    }
    return grpc::Status::OK;
  }

  grpc::Status WatchKeySet(
      grpc::ServerContext* context,
      grpc::ServerReaderWriter<v1::WatchKeySetResponse, v1::WatchKeySetRequest>* stream) override {
    v1::WatchKeySetRequest answered;
    if (!stream->Read(&answered)) return grpc::Status::OK;
    std::unique_lock lock(deployment_.mutex);
    verifier_ids.insert(answered.verifier_id());
    ++key_watches;
    acknowledged.push_back(answered.key_set_version());
    const int cuts = cuts_;
    // Not every set is answered.
    std::thread reader([this, stream] { ReadAnswers(*stream); });
    int64_t sent = 0;
    for (bool first = true; !context->IsCancelled(); first = false) {
      if (!first) deployment_.changed.wait_for(lock, std::chrono::milliseconds(10));
      if (cuts_ != cuts) break;
      if (silent_) continue;
      const bool is_new = sent != deployment_.key_set_version;
      v1::WatchKeySetResponse message;
      sent = deployment_.key_set_version;
      if (is_new) message.set_jwks_json(deployment_.jwks);
      message.set_key_set_version(sent);
      *message.mutable_as_of() = Stamp(std::min(deployment_.keys_as_of, absl::Now()));
      if (!stream->Write(message)) break;
      key_sets_sent += is_new ? 1 : 0;
    }
    context->TryCancel();
    lock.unlock();
    reader.join();
    return {grpc::StatusCode::UNAVAILABLE, "cut"};
  }

  grpc::Status Validate(grpc::ServerContext*, const v1::ValidateRequest*,
                        v1::ValidateResponse* response) override {
    const std::lock_guard lock(deployment_.mutex);
    ++questions;
    *response = answer;
    return grpc::Status::OK;
  }

  grpc::Status IssueServiceToken(grpc::ServerContext* context,
                                 const v1::IssueServiceTokenRequest* request,
                                 v1::IssueServiceTokenResponse* response) override {
    std::unique_lock lock(deployment_.mutex);
    ++tokens_issued;
    while (holds_back_issuing && !context->IsCancelled()) {
      deployment_.changed.wait_for(lock, std::chrono::milliseconds(10));
    }
    if (fails_to_issue || request->api_key() != "sgk_key") {
      google::rpc::Status details;
      google::rpc::ErrorInfo info;
      info.set_reason("CREDENTIALS_INVALID");
      details.add_details()->PackFrom(info);
      return {grpc::StatusCode::UNAUTHENTICATED, "no", details.SerializeAsString()};
    }
    response->set_access_token(absl::StrCat("token-", tokens_issued));
    response->mutable_expires_in()->set_seconds(100);
    return grpc::Status::OK;
  }

 private:
  size_t Known() const { return std::min(deaf_at_, deployment_.log.size()); }
  absl::Time AsOf() const {
    const absl::Time said =
        deployment_.as_of == absl::InfiniteFuture() ? absl::Now() : deployment_.as_of;
    return std::min(said, deaf_as_of_);
  }

  void ReadAnswers(
      grpc::ServerReaderWriter<v1::WatchKeySetResponse, v1::WatchKeySetRequest>& stream) {
    v1::WatchKeySetRequest answered;
    while (stream.Read(&answered)) {
      const std::lock_guard lock(deployment_.mutex);
      acknowledged.push_back(answered.key_set_version());
    }
  }

  // In parts of two entries.
  bool SendSnapshot(grpc::ServerWriter<v1::WatchRevocationsResponse>& writer) const {
    v1::WatchRevocationsResponse part;
    part.set_kind(v1::WatchRevocationsResponse::KIND_SNAPSHOT);
    for (size_t i = 0; i < Known(); ++i) {
      *part.add_revocations() = deployment_.log[i];
      if (part.revocations_size() < 2) continue;
      if (!writer.Write(part)) return false;
      part.clear_revocations();
    }
    part.set_kind(v1::WatchRevocationsResponse::KIND_SNAPSHOT_END);
    part.set_sequence(static_cast<int64_t>(Known()));
    *part.mutable_as_of() = Stamp(AsOf());
    return writer.Write(part);
  }

  FakeDeployment& deployment_;
  int cuts_ = 0;
  bool silent_ = false;
  size_t deaf_at_ = SIZE_MAX;
  absl::Time deaf_as_of_ = absl::InfiniteFuture();
  std::string address_;
  std::unique_ptr<grpc::Server> server_;
};

// A token of the deployment's first key that is alive now.
inline std::string LiveToken(const std::string& token_id = "jti-1", const std::string& kid = "k",
                             const std::string& audience = "api") {
  token::AccessTokenClaims claims = token::SomeClaims();
  const absl::Time now = absl::FromUnixSeconds(absl::ToUnixSeconds(absl::Now()));
  claims.issued_at = now - absl::Seconds(10);
  claims.expires_at = now + absl::Minutes(15);
  claims.token_id = token_id;
  claims.audiences = {audience};
  return token::SignClaims(token::TestKey(), kid, claims);
}

}  // namespace signet::verifier
