#include "server/rpc/stream_roster.h"

#include <algorithm>
#include <chrono>

#include <pthread.h>

#include "server/rpc/stream_call.h"

namespace signet::rpc {
namespace {

constexpr absl::Duration kLongestRest = absl::Milliseconds(50);

absl::Duration Since(std::chrono::steady_clock::time_point then) {
  return absl::FromChrono(std::chrono::steady_clock::now() - then);
}

}  // namespace

void StreamHandle::Wake() {
  base::MutexLock lock(mutex_);
  if (call_ != nullptr) call_->Look();
}

void StreamHandle::ShutDown() {
  base::MutexLock lock(mutex_);
  if (call_ != nullptr) call_->ShutDown();
}

bool StreamRoster::Add(const std::shared_ptr<StreamHandle>& stream) {
  base::MutexLock lock(mutex_);
  if (shutting_down_) return false;
  open_.insert(stream);
  return true;
}

void StreamRoster::Remove(const std::shared_ptr<StreamHandle>& stream) {
  base::MutexLock lock(mutex_);
  open_.erase(stream);
}

void StreamRoster::Start() {
  thread_ = std::thread([this] { Run(); });
  pthread_setname_np(thread_.native_handle(), "streams");
}

void StreamRoster::Wake() {
  base::MutexLock lock(mutex_);
  news_ = true;
  changed_.NotifyAll();
}

void StreamRoster::ShutDown() {
  std::vector<std::shared_ptr<StreamHandle>> open;
  {
    base::MutexLock lock(mutex_);
    shutting_down_ = true;
    open = Open();
  }
  for (const auto& stream : open) stream->ShutDown();
}

void StreamRoster::Stop() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  if (thread_.joinable()) thread_.join();
}

// A copy: a stream's own mutex is never taken under this one, because a stream that ends holds its
// own when it takes this one.
std::vector<std::shared_ptr<StreamHandle>> StreamRoster::Open() const {
  return {open_.begin(), open_.end()};
}

void StreamRoster::Run() {
  auto beat = std::chrono::steady_clock::now();
  base::MutexLock lock(mutex_);
  while (!stopping_) {
    const absl::Duration left = beat_ - Since(beat);
    if (!news_ && left > absl::ZeroDuration()) {
      changed_.WaitFor(mutex_, left);
      continue;
    }
    if (left <= absl::ZeroDuration()) beat = std::chrono::steady_clock::now();
    news_ = false;
    const auto streams = Open();
    const auto began = std::chrono::steady_clock::now();
    mutex_.Unlock();
    for (const auto& stream : streams) stream->Wake();
    mutex_.Lock();
    const absl::Duration rest = std::min(Since(began), kLongestRest);
    const auto rested = std::chrono::steady_clock::now();
    while (!stopping_ && Since(rested) < rest) changed_.WaitFor(mutex_, rest - Since(rested));
  }
}

}  // namespace signet::rpc
