#include "server/rpc/grpc_log.h"

#include "absl/time/clock.h"
#include "client/base/mutex.h"
#include "grpc/support/log.h"

namespace signet::rpc {
namespace {

constexpr int kLinesPerSecond = 10;

// gRPC's threads outlive every server, and its log function knows no argument.
struct Sink {
  base::Mutex mutex;
  observe::Logger* logger ABSL_GUARDED_BY(mutex) = nullptr;
  int64_t second ABSL_GUARDED_BY(mutex) = 0;
  int lines ABSL_GUARDED_BY(mutex) = 0;  // in that second
};

Sink& TheSink() {
  static auto* const sink = new Sink;
  return *sink;
}

observe::LogLevel LevelOf(gpr_log_severity severity) {
  switch (severity) {
    case GPR_LOG_SEVERITY_DEBUG:
      return observe::LogLevel::kDebug;
    case GPR_LOG_SEVERITY_INFO:
      return observe::LogLevel::kInfo;
    case GPR_LOG_SEVERITY_ERROR:
      // Of the library; of ours nothing has failed.
      return observe::LogLevel::kWarning;
  }
  return observe::LogLevel::kWarning;
}

void Write(gpr_log_func_args* args) {
  Sink& sink = TheSink();
  base::MutexLock lock(sink.mutex);
  if (sink.logger == nullptr) return;
  const int64_t now = absl::ToUnixSeconds(absl::Now());
  if (now != sink.second) {
    sink.second = now;
    sink.lines = 0;
  }
  if (++sink.lines > kLinesPerSecond) return;
  sink.logger->Write(LevelOf(args->severity), "grpc", {{observe::log_key::kError, args->message}});
}

}  // namespace

GrpcLog::GrpcLog(observe::Logger& logger) : logger_(logger) {
  gpr_set_log_function(Write);
  Sink& sink = TheSink();
  base::MutexLock lock(sink.mutex);
  sink.logger = &logger_;
}

GrpcLog::~GrpcLog() {
  Sink& sink = TheSink();
  base::MutexLock lock(sink.mutex);
  if (sink.logger == &logger_) sink.logger = nullptr;
}

}  // namespace signet::rpc
