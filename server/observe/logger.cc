#include "server/observe/logger.h"

#include <cmath>
#include <utility>

#include <spdlog/logger.h>
#include <spdlog/sinks/sink.h>

#include "absl/strings/str_cat.h"
#include "server/observe/log_json.h"

namespace signet::observe {
namespace {

constexpr size_t kMaxTextBytes = 512;

// Hands finished lines over as they are.
class WriterSink final : public spdlog::sinks::sink {
 public:
  explicit WriterSink(LogWriter& writer) : writer_(writer) {}
  void log(const spdlog::details::log_msg& message) override {
    writer_.Append(absl::string_view(message.payload.data(), message.payload.size()));
  }
  void flush() override { writer_.Flush(); }
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  LogWriter& writer_;
};

spdlog::level::level_enum ToSpdlog(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return spdlog::level::debug;
    case LogLevel::kInfo:
      return spdlog::level::info;
    case LogLevel::kWarning:
      return spdlog::level::warn;
    case LogLevel::kError:
      return spdlog::level::err;
  }
  return spdlog::level::err;
}

absl::string_view LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
  }
  return "error";
}

void AppendValue(const LogField& field, std::string& line) {
  if (const auto* text = std::get_if<absl::string_view>(&field.value)) {
    AppendJsonString(*text, kMaxTextBytes, line);
  } else if (const auto* integer = std::get_if<int64_t>(&field.value)) {
    absl::StrAppend(&line, *integer);
  } else if (const auto* number = std::get_if<double>(&field.value)) {
    // JSON has no infinities.
    absl::StrAppend(&line, std::isfinite(*number) ? *number : 0.0);
  } else {
    absl::StrAppend(&line, std::get<bool>(field.value) ? "true" : "false");
  }
}

bool IsEmptyText(const LogField& field) {
  const auto* text = std::get_if<absl::string_view>(&field.value);
  return text != nullptr && text->empty();
}

}  // namespace

std::optional<LogLevel> ParseLogLevel(absl::string_view name) {
  for (const LogLevel level :
       {LogLevel::kDebug, LogLevel::kInfo, LogLevel::kWarning, LogLevel::kError}) {
    if (LevelName(level) == name) return level;
  }
  return std::nullopt;
}

Logger::Logger(LogWriter& writer, const base::Clock& clock, LogLevel level)
    : clock_(clock),
      logger_(std::make_unique<spdlog::logger>("signet", std::make_shared<WriterSink>(writer))) {
  set_level(level);
}

Logger::~Logger() = default;

bool Logger::enabled(LogLevel level) const { return logger_->should_log(ToSpdlog(level)); }

void Logger::set_level(LogLevel level) { logger_->set_level(ToSpdlog(level)); }

void Logger::Write(LogLevel level, LogText message, std::initializer_list<LogField> fields) {
  if (!enabled(level)) return;
  thread_local std::string line;
  line.assign("{\"ts\":\"");
  AppendTimestamp(clock_.Now(), line);
  absl::StrAppend(&line, "\",\"level\":\"", LevelName(level), "\",\"msg\":\"", message.text(),
                  "\"");
  for (const LogField& field : fields) {
    if (IsEmptyText(field)) continue;
    absl::StrAppend(&line, ",\"", field.key.text(), "\":");
    AppendValue(field, line);
  }
  line += "}\n";
  logger_->log(ToSpdlog(level), spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace signet::observe
