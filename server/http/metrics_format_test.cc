#include "server/http/metrics_format.h"

#include <string>

#include <gtest/gtest.h>

namespace signet::http {
namespace {

bool Asks(absl::string_view accept) { return AsksForOpenMetrics({accept}); }

// As Prometheus itself asks.
TEST(MetricsFormat, IsOpenMetricsForEveryPrometheus) {
  EXPECT_TRUE(
      Asks("application/openmetrics-text;version=1.0.0,application/openmetrics-text;"
           "version=0.0.1;q=0.75,text/plain;version=0.0.4;q=0.5,*/*;q=0.1"));  // 2.42
  EXPECT_TRUE(
      Asks("application/vnd.google.protobuf;proto=io.prometheus.client.MetricFamily;"
           "encoding=delimited;q=0.6,application/openmetrics-text;version=1.0.0;q=0.5,"
           "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;version=0.0.4;q=0.3,"
           "*/*;q=0.2"));  // 2.50, native histograms
  EXPECT_TRUE(
      Asks("application/openmetrics-text;version=1.0.0;escaping=allow-utf-8;q=0.6,"
           "application/openmetrics-text;version=0.0.1;q=0.5,text/plain;version=1.0.0;"
           "escaping=allow-utf-8;q=0.4,text/plain;version=0.0.4;q=0.3,*/*;q=0.2"));  // 3
}

TEST(MetricsFormat, IsTextForWhoeverDoesNotNameTheOther) {
  EXPECT_FALSE(AsksForOpenMetrics({}));
  for (const char* accept :
       {"", "*/*", "text/plain", "application/json", "application/*",
        "text/plain;version=0.0.4;q=1,*/*;q=0.1", "text/plain;q=0.1,*/*",
        "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
        "application/openmetrics-textile", "xapplication/openmetrics-text", "openmetrics-text"}) {
    EXPECT_FALSE(Asks(accept)) << accept;
  }
}

TEST(MetricsFormat, IsTheVersionThatThereIs) {
  EXPECT_TRUE(Asks("application/openmetrics-text"));
  EXPECT_TRUE(Asks("application/openmetrics-text; version=1.0.0; charset=utf-8"));
  EXPECT_TRUE(Asks("APPLICATION/OpenMetrics-Text ; Version = \"1.0.\\0\""));
  EXPECT_FALSE(Asks("application/openmetrics-text;version=0.0.1"));
  EXPECT_FALSE(Asks("application/openmetrics-text;version=2.0.0"));
  EXPECT_FALSE(Asks("application/openmetrics-text;version"));
  EXPECT_FALSE(Asks("application/openmetrics-text;version=\""));
}

TEST(MetricsFormat, TheOneThatIsWantedMoreWinsAndAmongEqualsTheNamedOne) {
  EXPECT_TRUE(Asks("text/plain;q=0.5, application/openmetrics-text;q=0.501"));
  EXPECT_FALSE(Asks("text/plain;q=0.502, application/openmetrics-text;q=0.501"));
  EXPECT_TRUE(Asks("text/plain, application/openmetrics-text"));
  EXPECT_TRUE(Asks("application/openmetrics-text;q=0.001"));
  EXPECT_FALSE(Asks("application/openmetrics-text;q=0"));
  EXPECT_FALSE(Asks("application/openmetrics-text;q=0.000, text/plain;q=0"));
  EXPECT_FALSE(Asks("application/openmetrics-text;q=0.9, */*"));
  EXPECT_FALSE(Asks("application/openmetrics-text;q=0.9, text/*"));
  // Another version of the text than the one that there is.
  EXPECT_TRUE(Asks("application/openmetrics-text;q=0.9, text/plain;version=1.0.0"));
}

// RFC 9110 section 12.5.1: the range that names a type most closely speaks for it.
TEST(MetricsFormat, TheClosestRangeCounts) {
  EXPECT_TRUE(Asks("*/*;q=1, text/*;q=0.9, text/plain;q=0.1, application/openmetrics-text;q=0.5"));
  EXPECT_TRUE(
      Asks("text/plain, text/plain;version=0.0.4;q=0.1, application/openmetrics-text;q=0.5"));
  EXPECT_FALSE(
      Asks("application/openmetrics-text, application/openmetrics-text;version=1.0.0;q=0"));
  EXPECT_TRUE(Asks("application/openmetrics-text;q=0, application/openmetrics-text;version=1.0.0"));
}

TEST(MetricsFormat, ARangeWhoseQualityIsNoneIsNotThere) {
  for (const char* q : {"2", "1.001", "0.1234", "-1", "", "a", ".5", "0,5", "1.0.0", "0.1x"}) {
    EXPECT_FALSE(Asks(std::string("application/openmetrics-text;q=") + q)) << q;
  }
  for (const char* q : {"1", "1.", "1.0", "1.000", "0.1", "0.12", "0.123"}) {
    EXPECT_TRUE(Asks(std::string("application/openmetrics-text;Q=") + q)) << q;
  }
}

TEST(MetricsFormat, AQuotedStringIsNoEnd) {
  EXPECT_FALSE(Asks("x/y;z=\"a,application/openmetrics-text;version=1.0.0\""));
  EXPECT_FALSE(Asks("x/y;z=\"\\\",application/openmetrics-text"));
  EXPECT_TRUE(Asks("x/y;z=\"a,b;q=0\",application/openmetrics-text"));
}

TEST(MetricsFormat, SeveralFieldsAreOneList) {
  EXPECT_TRUE(AsksForOpenMetrics({"*/*;q=0.1", "application/openmetrics-text;q=0.2"}));
  EXPECT_FALSE(AsksForOpenMetrics({"application/openmetrics-text;q=0.2", "text/plain"}));
}

}  // namespace
}  // namespace signet::http
