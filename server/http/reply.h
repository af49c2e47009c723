#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/http/request.h"

namespace signet::http {

struct Reply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string cache_control = "no-store";
  // Further ones: of the form of RFC 9110 section 5, without line ends.
  std::vector<Field> fields = {};
  // What a browser may do with it; nothing, unless it is a page. Literals.
  absl::string_view content_security_policy = "default-src 'none'; frame-ancestors 'none'";
  absl::string_view referrer_policy = "no-referrer";
  // kElsewhere: whoever made it has a line of his own in the log for it, and has given it its
  // X-Request-Id.
  enum class Logged { kHere, kElsewhere } logged = Logged::kHere;
};

// Gives the one reply to a request, on any thread.
using Answered = std::function<void(Reply)>;

// Answers requests for one path. Called on several threads at once, so: thread-safe.
struct Route {
  std::string path;  // compared byte by byte
  std::function<Reply(const Request&)> answer;
  // In its place, where others carry the request: gives the reply once, now or later, and throws
  // nothing. The request stays where it is until then. Called on a thread of the port, or on a
  // worker where the request is large, packed, or may be.
  std::function<void(const Request&, Answered)> answer_later = {};

  // kBelow: every path that begins with `path`, and has no route of its own.
  enum class Extent { kPath, kBelow } extent = Extent::kPath;
  // Which methods it has; others are 405. For HEAD the server leaves the body out. kAll: the route
  // refuses by itself. A body is taken with POST alone: one that nobody reads is how requests are
  // smuggled.
  enum class Methods { kRead, kPost, kAll } methods = Methods::kRead;
  // Of a POST, in bytes.
  size_t largest_body = kMaxBody;
  // Where `answer` runs: on the threads of the port, of which there are few, or on a worker,
  // because it waits for something such as the database.
  enum class Lane { kPort, kWorker } lane = Lane::kPort;
  // Of a route of the port, where some requests would have to wait: nothing for those, and a worker
  // runs `answer`. Runs on the threads of the port.
  std::function<std::optional<Reply>(const Request&)> at_once = nullptr;
  // Whether an answer under 400 has a line in the log: probes and scrapes would fill it.
  enum class Logged { kAll, kErrors } logged = Logged::kAll;
};

// Moves `more` to the end of `routes`.
void Append(std::vector<Route> more, std::vector<Route>& routes);

// "Not Found" for 404; "Unknown" for a status that this port never gives.
absl::string_view StatusText(int status);

// A short plain-text reply that says no more than the status.
Reply ErrorReply(int status);

// 503 with Retry-After.
Reply OverloadedReply();

enum class Transport { kPlain, kTls };
enum class Persistence { kKeepAlive, kClose };
// The bytes to send: status line, fields (the security ones too), body.
std::string Serialize(const Reply& reply, Method method, Transport transport,
                      Persistence persistence);

}  // namespace signet::http
