#pragma once

#include <memory>
#include <string>
#include <thread>

#include <gtest/gtest.h>

#include "client/base/mutex.h"
#include "tests/faults/deployment.h"

namespace signet::tests {

// A service that follows the key set over one server. It holds nothing until Hold(). One thread.
class KeySetVerifier {
 public:
  KeySetVerifier(Client& client, const std::string& id) {
    context_.set_deadline(absl::ToChronoTime(absl::Now() + absl::Minutes(2)));
    stream_ = client.tokens().WatchKeySet(&context_);
    v1::WatchKeySetRequest request;
    request.set_verifier_id(id);
    request.set_verifier_name("faults/" + id);
    EXPECT_TRUE(stream_->Write(request));
    thread_ = std::thread([this] { Run(); });
  }
  ~KeySetVerifier() {
    context_.TryCancel();
    thread_.join();
  }
  // From now on it answers what it is told, and what it was told before.
  void Hold() {
    base::MutexLock lock(mutex_);
    holds_ = true;
    Answer();
  }

 private:
  void Run() {
    v1::WatchKeySetResponse response;
    while (stream_->Read(&response)) {
      if (response.jwks_json().empty()) continue;
      base::MutexLock lock(mutex_);
      told_ = response.key_set_version();
      if (holds_) Answer();
    }
  }
  void Answer() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    v1::WatchKeySetRequest request;
    request.set_key_set_version(told_);
    stream_->Write(request);
  }

  grpc::ClientContext context_;
  std::unique_ptr<grpc::ClientReaderWriter<v1::WatchKeySetRequest, v1::WatchKeySetResponse>>
      stream_;
  base::Mutex mutex_;
  bool holds_ ABSL_GUARDED_BY(mutex_) = false;
  int64_t told_ ABSL_GUARDED_BY(mutex_) = 0;
  std::thread thread_;
};

}  // namespace signet::tests
