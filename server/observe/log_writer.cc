#include "server/observe/log_writer.h"

#include <cerrno>
#include <utility>

#include <pthread.h>
#include <unistd.h>

#include "server/observe/metric_catalog.h"
#include "server/observe/metric_sources.h"

namespace signet::observe {

LogWriter::LogWriter(int descriptor, size_t max_bytes)
    : descriptor_(descriptor), max_bytes_(max_bytes), thread_([this] { Run(); }) {}

LogWriter::~LogWriter() {
  {
    base::MutexLock lock(mutex_);
    stopping_ = true;
  }
  wake_.NotifyAll();
  thread_.join();
}

void LogWriter::Append(absl::string_view line) {
  bool was_empty = false;
  {
    base::MutexLock lock(mutex_);
    if (gathered_.size() + line.size() > max_bytes_) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    was_empty = gathered_.empty();
    gathered_.append(line.data(), line.size());
  }
  if (was_empty) wake_.NotifyOne();
}

void LogWriter::Flush() {
  base::MutexLock lock(mutex_);
  while (writing_ || !gathered_.empty()) written_.Wait(mutex_);
}

void LogWriter::Run() {
  pthread_setname_np(pthread_self(), "log");
  std::string batch;
  while (true) {
    {
      base::MutexLock lock(mutex_);
      writing_ = false;
      written_.NotifyAll();
      while (gathered_.empty() && !stopping_) wake_.Wait(mutex_);
      if (gathered_.empty()) return;
      batch.clear();
      std::swap(batch, gathered_);
      writing_ = true;
    }
    WriteAll(batch);
  }
}

// A reader that went away (EPIPE) or a full disk must not stop the service: the rest is given up.
void LogWriter::WriteAll(absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t wrote = write(descriptor_, bytes.data(), bytes.size());
    if (wrote < 0 && errno == EINTR) continue;
    if (wrote <= 0) {
      dropped_.fetch_add(1, std::memory_order_relaxed);
      return;
    }
    bytes.remove_prefix(static_cast<size_t>(wrote));
  }
}

std::vector<prometheus::MetricFamily> LogWriter::Collect() const {
  auto family = NewFamily("signet_log_lines_dropped_total");
  AddSample(family, {}, static_cast<double>(dropped()));
  return {std::move(family)};
}

}  // namespace signet::observe
