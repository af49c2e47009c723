#include "client/verifier/key_set_watch.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace signet::verifier {

KeySetWatch::KeySetWatch(const WatchOptions& options, ServerList& servers, Knowledge& knowledge,
                         const base::Clock& clock, VerifierObserver* observer)
    : options_(options),
      servers_(servers),
      knowledge_(knowledge),
      clock_(clock),
      observer_(observer),
      backoff_(options.first_pause, options.longest_pause),
      thread_(
          "sgv-keys", [this] { return Connect(); }, [this] { cancellation_.Cancel(); }) {}

bool KeySetWatch::KnowsAllKeys(absl::Time now) {
  return now - knowledge_.keys_as_of() <= options_.silence;
}

absl::Duration KeySetWatch::Connect() {
  const std::shared_ptr<Server> server = servers_.at(attempt_);
  const FeedEnd end = Follow(*server);
  if (observer_ != nullptr) observer_->OnFeedDown(Feed::kKeySet, server->address, end);
  if (end == FeedEnd::kSilent) servers_.Reconnect(attempt_, *server);
  servers_.ReconnectIfDown(attempt_, *server);
  ++attempt_;
  if (end == FeedEnd::kClosed || end == FeedEnd::kLagging) backoff_.Worked();
  return backoff_.Next();
}

FeedEnd KeySetWatch::Follow(const Server& server) {
  v1::WatchKeySetRequest answer;
  answer.set_verifier_id(options_.verifier_id);
  answer.set_verifier_name(options_.verifier_name);
  answer.set_key_set_version(knowledge_.key_set_version());
  v1::WatchKeySetResponse message;
  StreamCall call(cancellation_, options_.silence);
  const auto stream = server.stub->PrepareAsyncWatchKeySet(&call.context(), &call.queue());
  bool heard = false;
  const absl::Time connected_at = clock_.Now();
  stream->StartCall(call.tag());
  bool open = call.Await();
  if (open) {
    stream->Write(answer, call.tag());
    open = call.Await();
  }
  while (open) {
    stream->Read(&message, call.tag());
    if (!call.Await()) break;
    if (!heard && observer_ != nullptr) observer_->OnFeedUp(Feed::kKeySet, server.address);
    heard = true;
    if (Lags(connected_at)) return FeedEnd::kLagging;
    const bool is_older = message.key_set_version() < knowledge_.key_set_version() &&
                          AsOf(message) <= knowledge_.keys_as_of();
    if (is_older) continue;
    const bool is_set = !message.jwks_json().empty();
    if (is_set && !PutIntoForce(message)) return FeedEnd::kMalformed;
    knowledge_.KeysWereCurrentAt(std::max(knowledge_.keys_as_of(), AsOf(message)));
    if (!is_set) continue;
    answer.Clear();
    answer.set_key_set_version(message.key_set_version());
    stream->Write(answer, call.tag());
    open = call.Await();
  }
  return call.End(heard);
}

absl::Time KeySetWatch::AsOf(const v1::WatchKeySetResponse& message) const {
  const absl::Time now = clock_.Now();
  if (!message.has_as_of()) return now;  // a server of before this field
  return std::min(
      absl::FromUnixSeconds(message.as_of().seconds()) + absl::Nanoseconds(message.as_of().nanos()),
      now);
}

bool KeySetWatch::PutIntoForce(const v1::WatchKeySetResponse& message) {
  // Each connection begins with the set of now. The same one again is not put in again: cached
  // tokens would all have to look for their key.
  const int64_t version = message.key_set_version();
  if (message.jwks_json() == in_force_ && version == knowledge_.key_set_version()) return true;
  auto keys = token::ParseKeySet(message.jwks_json());
  if (!keys.ok()) return false;
  knowledge_.PutKeys(std::make_shared<const token::KeySet>(*std::move(keys)), version,
                     AsOf(message));
  in_force_ = message.jwks_json();
  if (observer_ != nullptr) observer_->OnKeySet(version);
  return true;
}

bool KeySetWatch::Lags(absl::Time connected_at) const {
  if (servers_.size() < 2) return false;
  const absl::Time now = clock_.Now();
  // It may be that all of them lag, because the database is gone: each gets its time.
  return now - connected_at > options_.most_lag &&
         now - knowledge_.keys_as_of() > options_.most_lag;
}

}  // namespace signet::verifier
