#pragma once

#include <atomic>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "server/observe/log_writer.h"

namespace spdlog {
class logger;
}

namespace signet::observe {

enum class LogLevel { kDebug, kInfo, kWarning, kError };

// "debug", "info", "warning", "error".
std::optional<LogLevel> ParseLogLevel(absl::string_view name);

// A string literal and nothing else: what was computed cannot be a message or a key, so that no
// input and no secret ends up where a field would have named it.
class LogText {
 public:
  template <size_t N>
  consteval LogText(const char (&text)[N]) : text_(text, N - 1) {}  // NOLINT: meant to convert
  absl::string_view text() const { return text_; }

 private:
  absl::string_view text_;
};

// The keys of fields: closed, so that one thing has one name in every line. A field for tokens,
// passwords or e-mail addresses does not exist.
namespace log_key {
inline constexpr LogText kAddress("address");
inline constexpr LogText kAttempt("attempt");
inline constexpr LogText kAudited("audited");
inline constexpr LogText kCode("code");
inline constexpr LogText kCount("count");
inline constexpr LogText kDurationMs("duration_ms");
inline constexpr LogText kError("error");
inline constexpr LogText kKid("kid");
inline constexpr LogText kMailId("mail_id");
inline constexpr LogText kMailKind("mail_kind");
inline constexpr LogText kMethod("method");
inline constexpr LogText kOutcome("outcome");
inline constexpr LogText kPath("path");
inline constexpr LogText kPeer("peer");
inline constexpr LogText kPermission("permission");
inline constexpr LogText kReason("reason");
inline constexpr LogText kRequestId("request_id");
inline constexpr LogText kSequence("sequence");
inline constexpr LogText kService("service");
inline constexpr LogText kState("state");
inline constexpr LogText kTraceId("trace_id");
inline constexpr LogText kUserId("user_id");
inline constexpr LogText kVersion("version");
}  // namespace log_key

// One typed field. Views must live until Write() returns.
struct LogField {
  LogText key;
  std::variant<absl::string_view, int64_t, double, bool> value;

  LogField(LogText k, absl::string_view v) : key(k), value(v) {}
  LogField(LogText k, const std::string& v) : key(k), value(absl::string_view(v)) {}
  LogField(LogText k, const char* v) : key(k), value(absl::string_view(v)) {}
  LogField(LogText k, int64_t v) : key(k), value(v) {}
  LogField(LogText k, int v) : key(k), value(int64_t{v}) {}
  LogField(LogText k, double v) : key(k), value(v) {}
  LogField(LogText k, bool v) : key(k), value(v) {}
};

// One JSON object per line: ts (RFC 3339, UTC, microseconds), level, msg, then the fields. Text is
// escaped as JSON; bytes that are not UTF-8 become U+FFFD, text fields are cut at 512 bytes. Empty
// text fields are left out. Never blocks (see LogWriter). Thread-safe.
class Logger {
 public:
  // Both outlive the logger.
  Logger(LogWriter& writer, const base::Clock& clock, LogLevel level = LogLevel::kInfo);
  ~Logger();

  void Write(LogLevel level, LogText message, std::initializer_list<LogField> fields = {});

  bool enabled(LogLevel level) const;
  void set_level(LogLevel level);

 private:
  const base::Clock& clock_;
  const std::unique_ptr<spdlog::logger> logger_;
};

}  // namespace signet::observe
