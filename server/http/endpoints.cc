#include "server/http/endpoints.h"

#include <utility>

#include "absl/random/random.h"
#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/crypto/digest.h"
#include "server/http/metrics_format.h"
#include "server/observe/metric_sources.h"
#include "server/observe/openmetrics.h"

namespace signet::http {
namespace {

// Weak comparison, as If-None-Match asks for: a proxy may have made the tag weak.
bool Matches(absl::string_view if_none_match, absl::string_view tag) {
  for (absl::string_view candidate : absl::StrSplit(if_none_match, ',')) {
    candidate = absl::StripAsciiWhitespace(candidate);
    absl::ConsumePrefix(&candidate, "W/");
    if (candidate == tag || candidate == "*") return true;
  }
  return false;
}

// Seconds: somewhere in the last quarter of `max_age`, never beyond it, because a new key may sign
// as soon as that has passed.
int64_t Jittered(absl::Duration max_age) {
  thread_local absl::InsecureBitGen random;
  const int64_t most = absl::ToInt64Seconds(max_age);
  return absl::Uniform(absl::IntervalClosed, random, most - most / 4, most);
}

std::string TagOf(absl::string_view body) {
  const auto digest = crypto::Sha256(body);
  return absl::StrCat("\"", base::Base64UrlEncode(crypto::DigestView(digest).substr(0, 18)), "\"");
}

}  // namespace

Route Livez() {
  Route route{"/livez", [](const Request&) { return Reply{.body = "ok\n"}; }};
  route.logged = Route::Logged::kErrors;
  return route;
}

Route Readyz(std::vector<ReadinessCheck> checks) {
  Route route{"/readyz", [checks = std::move(checks)](const Request&) {
                Reply reply;
                for (const ReadinessCheck& check : checks) {
                  const std::string problem = check.problem();
                  if (!problem.empty() && check.weight == ReadinessCheck::Weight::kRequired) {
                    reply.status = 503;
                  }
                  absl::StrAppend(&reply.body, check.name, ": ", problem.empty() ? "ok" : problem,
                                  "\n");
                }
                return reply;
              }};
  route.logged = Route::Logged::kErrors;
  return route;
}

Route Metrics(std::function<std::string()> text, std::function<std::string()> open_metrics) {
  Route route{"/metrics", [text = std::move(text),
                           open_metrics = std::move(open_metrics)](const Request& request) {
                Reply reply;
                if (AsksForOpenMetrics(request.All("accept"))) {
                  reply.content_type = std::string(observe::kOpenMetricsContentType);
                  reply.body = open_metrics();
                } else {
                  reply.content_type = std::string(observe::kTextContentType);
                  reply.body = text();
                }
                reply.fields.push_back({"Vary", "Accept"});
                return reply;
              }};
  route.logged = Route::Logged::kErrors;
  return route;
}

Route Jwks(std::function<std::optional<std::string>()> render, absl::Duration max_age) {
  return {"/.well-known/jwks.json", [render = std::move(render), max_age](const Request& request) {
            std::optional<std::string> keys = render();
            if (!keys) return ErrorReply(503);
            Reply reply{.content_type = "application/json",
                        .body = *std::move(keys),
                        .cache_control = absl::StrCat("public, max-age=", Jittered(max_age),
                                                      ", must-revalidate")};
            const std::string tag = TagOf(reply.body);
            reply.fields = {{"ETag", tag}, {"Access-Control-Allow-Origin", "*"}};
            if (Matches(request.Find("if-none-match"), tag)) reply.status = 304;
            return reply;
          }};
}

Route Json(std::string path, std::string document) {
  std::string tag = TagOf(document);
  return {std::move(path),
          [tag = std::move(tag), body = std::move(document)](const Request& request) {
            Reply reply{.content_type = "application/json",
                        .body = body,
                        .cache_control = "public, max-age=300"};
            reply.fields = {{"ETag", tag}};
            if (Matches(request.Find("if-none-match"), tag)) reply.status = 304;
            return reply;
          }};
}

Route Text(std::string path, std::function<std::optional<std::string>()> render) {
  return {std::move(path), [render = std::move(render)](const Request&) {
            std::optional<std::string> text = render();
            if (!text) return ErrorReply(503);
            return Reply{.content_type = "text/plain; charset=utf-8", .body = *std::move(text)};
          }};
}

}  // namespace signet::http
