#include "client/verifier/verifier.h"

#include <algorithm>
#include <utility>

#include <errno.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "client/base/ids.h"
#include "client/base/ip_address.h"
#include "client/base/status_macros.h"
#include "client/verifier/jwks_watch.h"
#include "client/verifier/key_set_watch.h"
#include "client/verifier/knowledge.h"
#include "client/verifier/revocation_watch.h"
#include "client/verifier/server_list.h"
#include "client/verifier/server_question.h"

namespace signet::verifier {
namespace {

constexpr size_t kMostNameBytes = 128;

bool IsVisibleAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

std::string UsualName() {
  char host[256] = {};
  if (gethostname(host, sizeof(host) - 1) != 0) host[0] = '\0';
  std::string name = absl::StrCat(host, "/", program_invocation_short_name);
  std::replace_if(
      name.begin(), name.end(), [](char c) { return c <= ' ' || c > '~'; }, '_');
  return name.substr(0, kMostNameBytes);
}

absl::Status CheckJwks(const Verifier::Options& options) {
  const bool plain = absl::StartsWith(options.jwks_url, "http://");
  if (!plain && !absl::StartsWith(options.jwks_url, "https://")) {
    return base::FieldError("jwks_url", "is no https URL");
  }
  absl::string_view host = options.jwks_url;
  if (plain) {
    // Whoever is between could put in keys of his own.
    host.remove_prefix(7);
    host = host.substr(0, host.find_first_of("/?#"));
    const bool has_port = host.rfind(':') != absl::string_view::npos && !absl::EndsWith(host, "]");
    if (absl::StrContains(host, '@') ||
        !base::IsLocalTarget(has_port ? std::string(host) : absl::StrCat(host, ":80"))) {
      return base::FieldError("jwks_url", "is not of this machine, and not https");
    }
  }
  if (options.when_stale != WhenStale::kAccept) {
    return base::FieldError("when_stale", "must be kAccept: by jwks_url no revocation is heard of");
  }
  return absl::OkStatus();
}

absl::Status Check(const Verifier::Options& options) {
  if (options.issuer.empty()) return base::FieldError("issuer", "is missing");
  if (options.audience.empty()) return base::FieldError("audience", "is missing");
  if (options.addresses.empty() == options.jwks_url.empty()) {
    return base::FieldError("addresses", "exactly one of it and jwks_url is needed");
  }
  for (const std::string& address : options.addresses) {
    if (address.empty()) return base::FieldError("addresses", "holds an empty one");
  }
  if (options.name.size() > kMostNameBytes || !IsVisibleAscii(options.name)) {
    return base::FieldError("name", "is not at most 128 visible ASCII characters");
  }
  if (options.max_staleness <= absl::ZeroDuration()) {
    return base::FieldError("max_staleness", "is not longer than zero");
  }
  if (options.silence <= absl::ZeroDuration()) {
    return base::FieldError("silence", "is not longer than zero");
  }
  return options.jwks_url.empty() ? absl::OkStatus() : CheckJwks(options);
}

const base::Clock& ClockOf(const Verifier::Options& options) {
  static const base::SystemClock system;
  return options.clock != nullptr ? *options.clock : system;
}

WatchOptions WatchOptionsOf(const Verifier::Options& options) {
  return {.verifier_id = base::Uuid::NewV7(absl::Now()).ToString(),
          .verifier_name = options.name.empty() ? UsualName() : options.name,
          .silence = options.silence,
          .most_lag = options.max_staleness,
          .first_pause = absl::Milliseconds(200),
          .longest_pause = absl::Seconds(2)};
}

Judge::Options JudgeOptionsOf(const Verifier::Options& options) {
  return {.issuer = options.issuer,
          .audience = options.audience,
          .leeway = options.leeway,
          .cache_bytes = options.cache_bytes,
          .max_staleness = options.max_staleness,
          .when_stale = options.when_stale};
}

absl::Status NotReady() {
  return base::WithRetryAfter(base::MakeError(absl::StatusCode::kUnavailable, kVerifierNotReady,
                                              "tokens cannot be judged yet"),
                              absl::Seconds(1));
}

}  // namespace

// In the order of their making; the threads end first.
struct Verifier::Parts {
  explicit Parts(const Options& options)
      : clock(ClockOf(options)),
        knowledge(options.jwks_url.empty() ? Knowledge::Needs::kKeysAndRevocations
                                           : Knowledge::Needs::kKeysAlone) {}

  const base::Clock& clock;
  Knowledge knowledge;
  std::unique_ptr<ServerList> servers;
  std::unique_ptr<ServerQuestion> question;
  std::unique_ptr<KeySetWatch> keys;
  std::unique_ptr<RevocationWatch> revocations;
  std::unique_ptr<JwksWatch> jwks;
  std::unique_ptr<Judge> judge;
};

absl::StatusOr<std::unique_ptr<Verifier>> Verifier::Start(Options options) {
  SIGNET_RETURN_IF_ERROR(Check(options));
  auto parts = std::make_unique<Parts>(options);
  KeyHints* hints = nullptr;
  if (options.jwks_url.empty()) {
    const WatchOptions watch = WatchOptionsOf(options);
    parts->servers = std::make_unique<ServerList>(options.addresses, options.credentials);
    parts->question = std::make_unique<ServerQuestion>(*parts->servers, options.ask_timeout);
    parts->keys = std::make_unique<KeySetWatch>(watch, *parts->servers, parts->knowledge,
                                                parts->clock, options.observer);
    parts->revocations = std::make_unique<RevocationWatch>(watch, *parts->servers, parts->knowledge,
                                                           parts->clock, options.observer);
    hints = parts->keys.get();
  } else {
    parts->jwks = std::make_unique<JwksWatch>(JwksWatch::Options{.url = options.jwks_url},
                                              parts->knowledge, parts->clock, options.observer);
    hints = parts->jwks.get();
  }
  parts->judge = std::make_unique<Judge>(JudgeOptionsOf(options), parts->knowledge, parts->clock,
                                         *hints, parts->question.get(), options.observer);
  return std::unique_ptr<Verifier>(new Verifier(std::move(parts)));
}

Verifier::Verifier(std::unique_ptr<Parts> parts) : parts_(std::move(parts)) {}

Verifier::~Verifier() = default;

absl::StatusOr<VerifiedAccessToken> Verifier::Verify(absl::string_view token) const {
  return parts_->judge->Verify(token);
}

absl::Status Verifier::WaitUntilReady(absl::Duration timeout) const {
  return parts_->knowledge.AwaitReady(timeout) ? absl::OkStatus() : NotReady();
}

Verifier::State Verifier::state() const {
  const auto revocations = parts_->knowledge.revocations().Share();
  const auto cache = parts_->judge->cache_stats();
  return {.ready = parts_->knowledge.ready(),
          .revocations_as_of = revocations->as_of(),
          .staleness = parts_->clock.Now() - revocations->as_of(),
          .revocation_sequence = revocations->sequence(),
          .revocations = revocations->size(),
          .key_set_version = parts_->knowledge.key_set_version(),
          .keys_as_of = parts_->knowledge.keys_as_of(),
          .cache_hits = cache.hits,
          .cache_misses = cache.misses,
          .cached_tokens = cache.entries};
}

}  // namespace signet::verifier
