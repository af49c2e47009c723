#include "bench/watch_load.h"

#include <chrono>
#include <deque>
#include <thread>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "bench/histogram.h"
#include "client/base/status_macros.h"
#include "grpcpp/client_context.h"
#include "grpcpp/completion_queue.h"
#include "signet/v1/token_service.grpc.pb.h"

namespace signet::bench {
namespace {

using Steady = std::chrono::steady_clock;

constexpr auto kPatience = std::chrono::seconds(10);

struct Watcher {
  grpc::ClientContext context;
  std::unique_ptr<grpc::ClientAsyncReader<v1::WatchRevocationsResponse>> reader;
  v1::WatchRevocationsResponse response;
  bool begun = false;
};

class WatchRun {
 public:
  WatchRun(const std::vector<std::shared_ptr<grpc::Channel>>& channels, size_t watchers)
      : revoking_(v1::TokenService::NewStub(channels[0])), watchers_(watchers) {
    for (size_t i = 0; i < watchers; ++i) {
      const auto stub = v1::TokenService::NewStub(channels[i % channels.size()]);
      watchers_[i].reader =
          stub->AsyncWatchRevocations(&watchers_[i].context, {}, &queue_, &watchers_[i]);
    }
  }
  ~WatchRun() {
    for (Watcher& watcher : watchers_) watcher.context.TryCancel();
    queue_.Shutdown();
    void* tag = nullptr;
    bool ok = false;
    while (queue_.Next(&tag, &ok)) {
    }
  }

  absl::StatusOr<Measurement> Go(absl::Span<const std::string> tokens) {
    SIGNET_RETURN_IF_ERROR(ReadUntil([this] { return snapshots_ == watchers_.size(); }));
    const auto begin = Steady::now();
    for (const std::string& token : tokens) SIGNET_RETURN_IF_ERROR(RevokeAndHear(token));
    const double seconds = std::chrono::duration<double>(Steady::now() - begin).count();
    Measurement found;
    found.rate = static_cast<double>(histogram_.count()) / seconds;
    found.p50_us = static_cast<double>(histogram_.Quantile(0.5)) / 1e3;
    found.p99_us = static_cast<double>(histogram_.Quantile(0.99)) / 1e3;
    found.p999_us = static_cast<double>(histogram_.Quantile(0.999)) / 1e3;
    return found;
  }

 private:
  absl::Status RevokeAndHear(const std::string& token) {
    heard_ = 0;
    revoked_at_ = Steady::now();
    grpc::Status revoked;
    std::thread revoke([this, &token, &revoked] {
      grpc::ClientContext context;
      context.set_deadline(std::chrono::system_clock::now() + kPatience);
      v1::RevokeRequest request;
      request.set_token(token);
      v1::RevokeResponse response;
      revoked = revoking_->Revoke(&context, request, &response);
    });
    const absl::Status heard = ReadUntil([this] { return heard_ == watchers_.size(); });
    revoke.join();
    if (revoked.ok()) return heard;
    return absl::InternalError(absl::StrCat("Revoke: ", revoked.error_message()));
  }

  template <typename Condition>
  absl::Status ReadUntil(const Condition& condition) {
    const auto until = std::chrono::system_clock::now() + kPatience;
    while (!condition()) {
      void* tag = nullptr;
      bool ok = false;
      if (queue_.AsyncNext(&tag, &ok, until) != grpc::CompletionQueue::GOT_EVENT) {
        return absl::InternalError("some watchers heard nothing for ten seconds");
      }
      if (!ok) return absl::InternalError("WatchRevocations: a stream ended");
      Take(*static_cast<Watcher*>(tag));
    }
    return absl::OkStatus();
  }

  void Take(Watcher& watcher) {
    if (watcher.begun) Count(watcher.response);
    watcher.begun = true;
    watcher.reader->Read(&watcher.response, &watcher);
  }

  void Count(const v1::WatchRevocationsResponse& response) {
    if (response.kind() == v1::WatchRevocationsResponse::KIND_SNAPSHOT_END) ++snapshots_;
    if (response.kind() != v1::WatchRevocationsResponse::KIND_DELTA) return;
    for (int i = 0; i < response.revocations_size(); ++i) {
      ++heard_;
      const auto latency = Steady::now() - revoked_at_;
      histogram_.Record(std::chrono::duration_cast<std::chrono::nanoseconds>(latency).count());
    }
  }

  const std::unique_ptr<v1::TokenService::Stub> revoking_;
  grpc::CompletionQueue queue_;
  std::deque<Watcher> watchers_;
  size_t snapshots_ = 0;
  size_t heard_ = 0;  // of the last entry
  Steady::time_point revoked_at_;
  Histogram histogram_;
};

}  // namespace

absl::StatusOr<Measurement> RunWatchers(const std::vector<std::shared_ptr<grpc::Channel>>& channels,
                                        size_t watchers, absl::Span<const std::string> tokens) {
  return WatchRun(channels, watchers).Go(tokens);
}

}  // namespace signet::bench
