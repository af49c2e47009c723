#include "server/connect/origins.h"

#include "absl/strings/ascii.h"
#include "absl/strings/str_split.h"

namespace signet::connect {
namespace {

// How long a browser may go without asking again: 2 h, the most that any keeps.
constexpr char kMaxAge[] = "7200";
constexpr char kSent[] =
    "authorization, content-type, content-encoding, connect-protocol-version, connect-timeout-ms, "
    "x-request-id, traceparent";
constexpr char kRead[] = "content-encoding, retry-after, x-request-id";

}  // namespace

Origins::Origins(absl::string_view list) {
  for (const absl::string_view origin : absl::StrSplit(list, ',')) {
    const absl::string_view text = absl::StripAsciiWhitespace(origin);
    if (!text.empty()) origins_.emplace(text);
  }
}

std::string Origins::Admitted(const http::Request& request) const {
  const auto values = request.All("origin");
  if (values.size() != 1 || origins_.find(values[0]) == origins_.end()) return "";
  return std::string(values[0]);
}

std::optional<http::Reply> Origins::Preflight(const http::Request& request,
                                              const Method& method) const {
  if (request.method != http::Method::kOptions) return std::nullopt;
  const std::string origin = Admitted(request);
  if (origin.empty() || request.Find("access-control-request-method").empty()) return std::nullopt;
  http::Reply reply;
  reply.status = 204;
  reply.fields = {{"Access-Control-Allow-Origin", origin},
                  {"Access-Control-Allow-Methods", method.by_get() ? "GET, POST" : "POST"},
                  {"Access-Control-Allow-Headers", kSent},
                  {"Access-Control-Max-Age", kMaxAge},
                  {"Vary", "Origin"}};
  return reply;
}

void Origins::Admit(const http::Request& request, http::Reply& reply) const {
  const std::string origin = Admitted(request);
  if (origin.empty()) return;
  reply.fields.push_back({"Access-Control-Allow-Origin", origin});
  reply.fields.push_back({"Access-Control-Expose-Headers", kRead});
  reply.fields.push_back({"Vary", "Origin"});
}

}  // namespace signet::connect
