#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/verifier/judge.h"
#include "client/verifier/observer.h"

namespace signet::verifier {

// Judges the access tokens that a service is shown, by itself: it follows a Signet deployment's key
// set and revocations in the background, so that the token of a call costs no call.
//
//   auto verifier = Verifier::Start({.addresses = {"id.example.com:7420"},
//                                    .issuer = "https://id.example.com",
//                                    .audience = "orders"});
//   ...
//   absl::StatusOr<VerifiedAccessToken> token = (*verifier)->Verify(bearer);
//   if (!token.ok()) return ToGrpcStatus(token.status());
//   token->claims().subject ...
//
// Thread-safe. docs/verifying.md tells more.
class Verifier {
 public:
  struct Options {
    // Where Signet is, "host:port" each: any of its servers or a name that stands for several. One
    // is followed at a time; the next when it goes. Exactly one of `addresses` and `jwks_url`.
    std::vector<std::string> addresses;
    // Null: TLS with the system's roots; plain text for addresses of this machine. Not for JWKS.
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    // In place of an address: a JWK Set document (https, or http of this machine). The keys alone:
    // nothing is ever heard of revocations, so every token counts as stale, and `when_stale` has to
    // be kAccept to say that this was meant. A revoked token is accepted until it expires.
    std::string jwks_url;

    std::string issuer;    // `iss` has to be this. Required.
    std::string audience;  // `aud` has to name this: who the service is. Required.

    // Revocations were heard of at most so long ago, by this machine's clock and the server's (they
    // have to agree to a second or two), or a token that is good otherwise is decided by
    // `when_stale`.
    absl::Duration max_staleness = absl::Seconds(10);
    WhenStale when_stale = WhenStale::kRefuse;
    absl::Duration ask_timeout = absl::Milliseconds(500);  // of kAskServer

    absl::Duration leeway = absl::Seconds(30);  // for exp, nbf and iat; at most 30 s
    size_t cache_bytes = size_t{64} << 20;      // of verified tokens, some 1.5 KiB each

    // A server that says nothing for so long is dead; it says something every second.
    absl::Duration silence = absl::Seconds(3);
    // Shown to whoever asks which verifiers there are: at most 128 visible ASCII characters. Empty:
    // the host's name and the program's.
    std::string name;
    // Outlives the verifier. May be null.
    VerifierObserver* observer = nullptr;
    // Null: the machine's. Outlives the verifier.
    const base::Clock* clock = nullptr;
  };

  // What it knows and how often it was asked, for metrics and for /readyz.
  struct State {
    bool ready = false;
    absl::Time revocations_as_of;     // the infinite past: nothing known, or an unknown kind
    absl::Duration staleness;         // the age of that, now
    int64_t revocation_sequence = 0;  // of the last entry in force
    size_t revocations = 0;           // entries in force
    int64_t key_set_version = 0;
    absl::Time keys_as_of;
    uint64_t cache_hits = 0;
    uint64_t cache_misses = 0;
    uint64_t cached_tokens = 0;
  };

  // Begins to follow, and returns at once; no server need be there. INVALID_ARGUMENT
  // (FIELD_INVALID) names the option that is missing or contradicts another one.
  static absl::StatusOr<std::unique_ptr<Verifier>> Start(Options options);
  // Ends the connections and joins the threads. No Verify() may be running.
  ~Verifier();
  Verifier(const Verifier&) = delete;
  Verifier& operator=(const Verifier&) = delete;

  // The token, proven: signature, issuer, audience, time and revocation at this moment; valid as
  // long as it is kept. Otherwise:
  //   UNAUTHENTICATED TOKEN_INVALID      it is no good; RejectionOf() says why, for the log
  //   UNAVAILABLE     REVOCATION_STALE   it may be good; by the policy it is not accepted now
  //   UNAVAILABLE     KEY_SET_STALE      its key is unknown, and there may be newer keys
  //   UNAVAILABLE     VERIFIER_NOT_READY nothing has been heard of any server yet
  // Costs a signature the first time, and then some hundred nanoseconds: no network (except by
  // WhenStale::kAskServer), no allocation, no lock.
  absl::StatusOr<VerifiedAccessToken> Verify(absl::string_view token) const;

  // Waits for the first key set and revocations. UNAVAILABLE VERIFIER_NOT_READY when `timeout`
  // passed first.
  absl::Status WaitUntilReady(absl::Duration timeout) const;

  State state() const;

 private:
  struct Parts;
  explicit Verifier(std::unique_ptr<Parts> parts);

  const std::unique_ptr<Parts> parts_;
};

}  // namespace signet::verifier
