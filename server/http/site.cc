#include "server/http/site.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "server/domain/call_deadline.h"
#include "server/observe/call_metadata.h"

namespace signet::http {
namespace {

using observe::LogField;
using observe::LogLevel;
namespace log_key = observe::log_key;

constexpr size_t kShortQuery = 4096;

bool Admits(const Route& route, Method method) {
  if (route.methods == Route::Methods::kAll) return true;
  if (route.methods == Route::Methods::kPost) return method == Method::kPost;
  return method == Method::kGet || method == Method::kHead;
}

bool TakesBody(const Route& route, Method method) {
  return route.methods != Route::Methods::kRead && method == Method::kPost;
}

// A query in which a packed message may stand: its names may be escaped, so that "compression" is
// spelt in many ways.
bool MayBePacked(absl::string_view query) {
  for (const absl::string_view pair : absl::StrSplit(query, '&')) {
    const absl::string_view name = pair.substr(0, pair.find('='));
    if (name == "compression" || absl::StrContains(name, '%')) return true;
  }
  return false;
}

// Whether reading it is short work. What is packed may be a thousand times as large as it looks.
bool IsShort(const Request& request) {
  return request.body.size() <= kMaxBody && request.All("content-encoding").empty() &&
         request.query.size() <= kShortQuery && !MayBePacked(request.query);
}

Reply WrongMethod(const Route& route) {
  Reply reply = ErrorReply(405);
  const bool posts = route.methods == Route::Methods::kPost;
  reply.fields.push_back({"Allow", posts ? "POST" : "GET, HEAD"});
  return reply;
}

absl::string_view NameOf(Method method) {
  switch (method) {
    case Method::kGet:
      return "GET";
    case Method::kHead:
      return "HEAD";
    case Method::kPost:
      return "POST";
    case Method::kOptions:
      return "OPTIONS";
    case Method::kOther:
      return "-";
  }
  return "-";
}

}  // namespace

Site::Site(const Options& options, std::vector<Route> routes, const Reporting& reporting)
    : options_(options),
      reporting_(reporting),
      workers_({.name = "http-worker", .threads = options.workers, .queue_limit = options.queue}) {
  for (Route& route : routes) {
    Entry& entry = entries_.emplace_back();
    entry.metrics = &reporting_.metrics.AddRoute(route.path);
    entry.route = std::move(route);
  }
  other_.route.path = "other";
  other_.metrics = &reporting_.metrics.AddRoute("other");
  refused_.route.path = "refused";
  refused_.metrics = &reporting_.metrics.AddRoute("refused");
}

const Site::Entry* Site::Find(absl::string_view path) const {
  const Entry* below = nullptr;
  for (const Entry& entry : entries_) {
    if (entry.route.path == path) return &entry;
    const bool reaches = entry.route.extent == Route::Extent::kBelow;
    if (reaches && absl::StartsWith(path, entry.route.path)) below = &entry;
  }
  return below;
}

Site::Visit Site::Enter(Request head, absl::string_view peer, Body body) const {
  Visit visit;
  visit.started_nanos_ = base::SteadyNanos();
  visit.request_ = std::move(head);
  const Entry* found = Find(visit.request_.path);
  visit.entry_ = found == nullptr ? &other_ : found;
  ReadDoor(visit.request_, peer, *visit.entry_);
  if (found == nullptr) {
    visit.refusal_ = ErrorReply(404);
  } else if (!Admits(found->route, visit.request_.method)) {
    visit.refusal_ = WrongMethod(found->route);
  } else if (body == Body::kFollows && !TakesBody(found->route, visit.request_.method)) {
    visit.refusal_ = ErrorReply(413);
  }
  return visit;
}

Site::Visit Site::EnterUnread(int status, absl::string_view peer) const {
  Visit visit;
  visit.started_nanos_ = base::SteadyNanos();
  visit.entry_ = &refused_;
  visit.request_.call.peer.address = std::string(peer);
  visit.refusal_ = ErrorReply(status);
  return visit;
}

// What PostgreSQL keeps of a time has microseconds. A route of the port itself neither waits nor
// stores: of what the rest costs only the address is of use, to the log.
void Site::ReadDoor(Request& request, absl::string_view peer, const Entry& entry) const {
  domain::CallInfo& call = request.call;
  call.now = absl::FromUnixMicros(absl::ToUnixMicros(reporting_.clock.Now()));
  call.deadline = absl::InfiniteFuture();
  // Without an address the peer would be taken for a proxy on a Unix socket, which this port has
  // not.
  if (!peer.empty()) {
    call.peer.address =
        options_.proxies.CallerOf(peer, request.All(options_.proxies.header_name()));
  }
  if (entry.route.lane == Route::Lane::kPort) return;
  ReadWaiting(request);
}

void Site::ReadWaiting(Request& request) const {
  domain::CallInfo& call = request.call;
  call.deadline = call.now + options_.deadline;
  call.peer.user_agent = observe::UserAgent(request.Find("user-agent"));
  call.request_id = observe::RequestId(request.Find("x-request-id"));
  call.trace_id = std::string(observe::TraceId(request.Find("traceparent")));
}

void Site::Answer(Visit& visit, Done done) {
  if (visit.refused()) return done(Ended(visit, *visit.refusal_));
  const Route& route = visit.entry_->route;
  if (route.at_once) {
    if (auto reply = RunAtOnce(visit)) return done(Ended(visit, *std::move(reply)));
    ReadWaiting(visit.request_);
  }
  // Held by whoever comes first: the worker, or this thread where there is none.
  auto shared = std::make_shared<Done>(std::move(done));
  if (route.answer_later) return AnswerLater(visit, std::move(shared));
  if (route.lane == Route::Lane::kPort && !route.at_once)
    return (*shared)(Ended(visit, Run(visit)));
  Submit(visit, shared, [this, &visit, shared] {
    const domain::ScopedCallDeadline deadline(visit.request_.call.deadline);
    (*shared)(Ended(visit, Run(visit)));
  });
}

// A large message costs milliseconds to read, and the threads of the port are few.
void Site::AnswerLater(const Visit& visit, std::shared_ptr<Done> done) {
  auto work = [this, &visit, done] {
    visit.entry_->route.answer_later(visit.request_, [this, &visit, done](Reply reply) {
      (*done)(Ended(visit, std::move(reply)));
    });
  };
  if (IsShort(visit.request_)) return work();
  Submit(visit, done, std::move(work));
}

void Site::Submit(const Visit& visit, std::shared_ptr<Done> done, absl::AnyInvocable<void()> work) {
  if (workers_.TrySubmit(std::move(work))) return;
  reporting_.metrics.shed.fetch_add(1, std::memory_order_relaxed);
  (*done)(Ended(visit, OverloadedReply()));
}

// Nothing: it has to wait.
std::optional<Reply> Site::RunAtOnce(const Visit& visit) const {
  try {
    return visit.entry_->route.at_once(visit.request_);
  } catch (...) {
    return ErrorReply(500);  // as in Run()
  }
}

Reply Site::Run(const Visit& visit) const {
  try {
    return visit.entry_->route.answer(visit.request_);
  } catch (...) {
    return ErrorReply(500);  // what a route threw would end the process
  }
}

Reply Site::Ended(const Visit& visit, Reply reply) const {
  const int64_t nanos = base::SteadyNanos() - visit.started_nanos_;
  visit.entry_->metrics->Handled(reply.status, nanos,
                                 {visit.request_.Find("traceparent"), visit.request_.call.now});
  if (reply.logged == Reply::Logged::kElsewhere) return reply;
  const bool fails = reply.status >= 400;
  const bool logs = options_.logging != RequestLogging::kNone &&
                    (fails || (options_.logging == RequestLogging::kAll &&
                               visit.entry_->route.logged == Route::Logged::kAll));
  const absl::string_view sent = visit.request_.Find("x-request-id");
  if (!logs && sent.empty() && visit.request_.call.request_id.empty()) return reply;
  std::string id = visit.request_.call.request_id;
  if (id.empty()) id = observe::RequestId(sent);
  if (logs) Log(visit, reply, id, nanos);
  reply.fields.push_back({"X-Request-Id", std::move(id)});
  return reply;
}

// The route, not the path: what strangers ask for may be anything, and a query a secret.
void Site::Log(const Visit& visit, const Reply& reply, absl::string_view request_id,
               int64_t nanos) const {
  const Request& request = visit.request_;
  reporting_.logger.Write(
      reply.status == 500 ? LogLevel::kError : LogLevel::kInfo, "request",
      {LogField(log_key::kMethod,
                absl::StrCat(NameOf(request.method), " ", visit.entry_->route.path)),
       LogField(log_key::kCode, absl::StrCat(reply.status)),
       LogField(log_key::kDurationMs, static_cast<double>(nanos) / 1e6),
       LogField(log_key::kPeer, request.call.peer.address),
       LogField(log_key::kRequestId, request_id),
       LogField(log_key::kTraceId, observe::TraceId(request.Find("traceparent")))});
}

}  // namespace signet::http
