#include "client/verifier/revocation_watch.h"

#include <memory>

namespace signet::verifier {

RevocationWatch::RevocationWatch(const WatchOptions& options, ServerList& servers,
                                 Knowledge& knowledge, const base::Clock& clock,
                                 VerifierObserver* observer)
    : options_(options),
      servers_(servers),
      knowledge_(knowledge),
      clock_(clock),
      observer_(observer),
      feed_(knowledge, clock, observer),
      backoff_(options.first_pause, options.longest_pause),
      thread_(
          "sgv-revocations", [this] { return Connect(); }, [this] { cancellation_.Cancel(); }) {}

absl::Duration RevocationWatch::Connect() {
  const std::shared_ptr<Server> server = servers_.at(attempt_);
  const FeedEnd end = Follow(*server);
  if (observer_ != nullptr) observer_->OnFeedDown(Feed::kRevocations, server->address, end);
  if (end == FeedEnd::kSilent) servers_.Reconnect(attempt_, *server);
  servers_.ReconnectIfDown(attempt_, *server);
  ++attempt_;
  if (end == FeedEnd::kClosed || end == FeedEnd::kLagging) backoff_.Worked();
  return backoff_.Next();
}

FeedEnd RevocationWatch::Follow(const Server& server) {
  v1::WatchRevocationsRequest request = feed_.Begin();
  request.set_verifier_name(options_.verifier_name);
  v1::WatchRevocationsResponse message;
  StreamCall call(cancellation_, options_.silence);
  const auto reader =
      server.stub->PrepareAsyncWatchRevocations(&call.context(), request, &call.queue());
  bool heard = false;
  const absl::Time connected_at = clock_.Now();
  reader->StartCall(call.tag());
  for (bool open = call.Await(); open;) {
    reader->Read(&message, call.tag());
    open = call.Await();
    if (!open) break;
    if (!heard && observer_ != nullptr) observer_->OnFeedUp(Feed::kRevocations, server.address);
    heard = true;
    if (!feed_.Take(message)) return FeedEnd::kMalformed;
    if (Lags(connected_at)) return FeedEnd::kLagging;
  }
  return call.End(heard);
}

bool RevocationWatch::Lags(absl::Time connected_at) const {
  if (servers_.size() < 2) return false;
  const absl::Time now = clock_.Now();
  // It may be that all of them lag, because the database is gone: each gets its time.
  return now - connected_at > options_.most_lag &&
         now - knowledge_.revocations().Share()->as_of() > options_.most_lag;
}

}  // namespace signet::verifier
