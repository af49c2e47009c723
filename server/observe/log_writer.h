#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/base/mutex.h"
#include "prometheus/collectable.h"

namespace signet::observe {

// Takes whole lines from many threads and writes them to a descriptor from one of its own, as many
// at a time as have gathered. Nobody who logs ever waits for the reader of the log: when
// `max_bytes` wait already, the line is dropped and counted (signet_log_lines_dropped_total).
// Thread-safe.
class LogWriter final : public prometheus::Collectable {
 public:
  // `descriptor` stays the caller's.
  explicit LogWriter(int descriptor, size_t max_bytes = size_t{4} << 20);
  // Writes what has gathered.
  ~LogWriter() override;
  LogWriter(const LogWriter&) = delete;
  LogWriter& operator=(const LogWriter&) = delete;

  // `line` ends with a line feed.
  void Append(absl::string_view line);

  // Returns when everything appended before is written, or cannot be.
  void Flush();

  uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  std::vector<prometheus::MetricFamily> Collect() const override;

 private:
  void Run();
  void WriteAll(absl::string_view bytes);

  const int descriptor_;
  const size_t max_bytes_;
  std::atomic<uint64_t> dropped_{0};
  base::Mutex mutex_;
  base::CondVar wake_;
  base::CondVar written_;
  std::string gathered_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace signet::observe
