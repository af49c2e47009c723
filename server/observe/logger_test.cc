#include "server/observe/logger.h"

#include <string>

#include <fcntl.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include "client/base/fake_clock.h"
#include "server/observe/log_json.h"

namespace signet::observe {
namespace {

using ::testing::HasSubstr;

// A pipe whose reading end a test looks at.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_), 0); }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }
  int writing() const { return ends_[1]; }
  std::string Read() const {
    std::string text(1 << 16, '\0');
    const ssize_t got = read(ends_[0], text.data(), text.size());
    text.resize(got < 0 ? 0 : static_cast<size_t>(got));
    return text;
  }

 private:
  int ends_[2] = {-1, -1};
};

const absl::Time kNow = absl::FromUnixMicros(1'795'266'329'123'456);

std::string Quoted(absl::string_view text, size_t max = 512) {
  std::string out;
  AppendJsonString(text, max, out);
  return out;
}

TEST(JsonString, EscapesWhatCouldEndTheStringOrTheLine) {
  EXPECT_EQ(Quoted("a\"b\\c\nd\te\x01\x7f"), R"("a\"b\\c\nd\te\u0001\u007f")");
}

TEST(JsonString, KeepsUtf8AndReplacesWhatIsNot) {
  EXPECT_EQ(Quoted("é€😀"), "\"é€😀\"");
  EXPECT_EQ(Quoted("a\xff"
                   "b"),
            "\"a\xef\xbf\xbd"
            "b\"");
  EXPECT_EQ(Quoted("\xed\xa0\x80"), "\"\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd\"");  // a surrogate
  EXPECT_EQ(Quoted("\xc0\xaf"), "\"\xef\xbf\xbd\xef\xbf\xbd\"");                  // overlong '/'
}

TEST(JsonString, CutsBetweenCharacters) {
  EXPECT_EQ(Quoted("ab€", 4), "\"ab\"");
  EXPECT_EQ(Quoted("ab€", 5), "\"ab€\"");
}

TEST(Logger, WritesOneObjectPerLineWithTypedFields) {
  Pipe pipe;
  base::FakeClock clock(kNow);
  {
    LogWriter writer(pipe.writing());
    Logger logger(writer, clock);
    logger.Write(LogLevel::kInfo, "call",
                 {{log_key::kMethod, "signet.v1.TokenService/Validate"},
                  {log_key::kDurationMs, 1.5},
                  {log_key::kCount, 3},
                  {log_key::kAudited, true},
                  {log_key::kReason, ""}});
  }
  EXPECT_EQ(pipe.Read(),
            "{\"ts\":\"2026-11-21T13:05:29.123456Z\",\"level\":\"info\",\"msg\":\"call\","
            "\"method\":\"signet.v1.TokenService/Validate\",\"duration_ms\":1.5,\"count\":3,"
            "\"audited\":true}\n");
}

TEST(Logger, WritesNothingBelowItsLevelUntilThatIsLowered) {
  Pipe pipe;
  base::FakeClock clock(kNow);
  {
    LogWriter writer(pipe.writing());
    Logger logger(writer, clock, LogLevel::kWarning);
    logger.Write(LogLevel::kInfo, "quiet");
    logger.set_level(LogLevel::kDebug);
    logger.Write(LogLevel::kDebug, "heard");
  }
  const std::string text = pipe.Read();
  EXPECT_THAT(text, HasSubstr("heard"));
  EXPECT_THAT(text, Not(HasSubstr("quiet")));
}

TEST(LogWriter, DropsAndCountsLinesBeyondItsBoundInsteadOfWaiting) {
  Pipe pipe;
  LogWriter writer(pipe.writing(), 16);
  writer.Append("far longer than sixteen bytes\n");
  EXPECT_EQ(writer.dropped(), 1u);
  writer.Append("short\n");
  writer.Flush();
  EXPECT_EQ(pipe.Read(), "short\n");
}

TEST(ParseLogLevel, KnowsItsFourNamesOnly) {
  EXPECT_EQ(ParseLogLevel("warning"), LogLevel::kWarning);
  EXPECT_EQ(ParseLogLevel("WARNING"), std::nullopt);
  EXPECT_EQ(ParseLogLevel(""), std::nullopt);
}

}  // namespace
}  // namespace signet::observe
