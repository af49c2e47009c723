#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/worker_pool.h"
#include "server/domain/door/caller_address.h"
#include "server/http/reply.h"
#include "server/observe/http_metrics.h"
#include "server/observe/logger.h"

namespace signet::http {

// Which requests get a line in the log.
enum class RequestLogging { kAll, kErrors, kNone };

// What the port tells of itself. All outlive the server.
struct Reporting {
  const base::Clock& clock;
  observe::Logger& logger;
  observe::HttpMetrics& metrics;
};

// The routes behind the connections: finds the route of a request, runs it where it belongs, counts
// and logs the answer. Knows no socket. Thread-safe.
class Site {
 public:
  struct Options {
    size_t workers = 8;  // of Route::Lane::kWorker
    size_t queue = 256;  // requests that may wait for one; further ones are 503
    absl::Duration deadline = absl::Seconds(10);  // of what a worker waits for
    domain::TrustedProxies proxies;               // whose word about the caller's address is taken
    RequestLogging logging = RequestLogging::kAll;
  };

  Site(const Options& options, std::vector<Route> routes, const Reporting& reporting);

  // A request on its way.
  class Visit;

  // The head of a request has come from `peer`, an IP address.
  enum class Body { kNone, kFollows };
  Visit Enter(Request head, absl::string_view peer, Body body) const;
  // A request has come of which no more is known than that it is refused with `status`.
  Visit EnterUnread(int status, absl::string_view peer) const;

  // Gives the answer to `done`, once: on this thread, on a worker, or on a thread of whoever
  // carries the request. The visit stays where it is until then.
  using Done = absl::AnyInvocable<void(Reply)>;
  void Answer(Visit& visit, Done done);

  // Runs what waits for a worker, and takes nothing more for one. Idempotent.
  void Drain() { workers_.Drain(); }

 private:
  struct Entry {
    Route route;
    observe::HttpRouteMetrics* metrics = nullptr;
  };

  const Entry* Find(absl::string_view path) const;
  void ReadDoor(Request& request, absl::string_view peer, const Entry& entry) const;
  void Submit(const Visit& visit, std::shared_ptr<Done> done, absl::AnyInvocable<void()> work);
  void AnswerLater(const Visit& visit, std::shared_ptr<Done> done);
  void ReadWaiting(Request& request) const;
  std::optional<Reply> RunAtOnce(const Visit& visit) const;
  Reply Run(const Visit& visit) const;
  Reply Ended(const Visit& visit, Reply reply) const;
  void Log(const Visit& visit, const Reply& reply, absl::string_view request_id,
           int64_t nanos) const;

  const Options options_;
  const Reporting reporting_;
  std::deque<Entry> entries_;
  Entry other_;    // no such path
  Entry refused_;  // no request that could be read
  base::WorkerPool workers_;
};

class Site::Visit {
 public:
  // Set where the body need not be read: the answer is known. The connection ends with it.
  bool refused() const { return refusal_.has_value(); }
  const Request& request() const { return request_; }
  size_t largest_body() const { return entry_->route.largest_body; }
  void SetBody(std::string body) { request_.body = std::move(body); }

 private:
  friend class Site;
  Request request_;
  const Entry* entry_ = nullptr;
  int64_t started_nanos_ = 0;  // steady clock
  std::optional<Reply> refusal_;
};

}  // namespace signet::http
