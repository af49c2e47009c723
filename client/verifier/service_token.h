#pragma once

#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "client/base/secret.h"

namespace signet::verifier {

// The access token of a service account, got with its API key (the client credentials grant, RFC
// 6749 section 4.4), kept, and renewed before it expires. Thread-safe.
class ServiceTokenSource {
 public:
  struct Options {
    std::string address;  // of a Signet server. Required.
    // As in Verifier::Options.
    std::shared_ptr<grpc::ChannelCredentials> credentials;
    base::Secret api_key;             // `sgk_…`. Required.
    std::string audience;             // who is called with it; empty: the server's default
    std::vector<std::string> scopes;  // empty: all that the key allows
    absl::Duration timeout = absl::Seconds(5);  // of one attempt to get one
    const base::Clock* clock = nullptr;         // null: the machine's. Outlives the source.
  };

  // INVALID_ARGUMENT: `address` or `api_key` is missing.
  static absl::StatusOr<std::shared_ptr<ServiceTokenSource>> Make(Options options);
  virtual ~ServiceTokenSource() = default;

  // The token; with at least a tenth of its life left where the server answers. Returns at once
  // while there is a live one: past four fifths of its life one call, and no more at a time,
  // fetches the next beside that. Where there is none, everybody waits for one and the same answer,
  // at most the timeout. The errors are the server's (CREDENTIALS_INVALID, …) or UNAVAILABLE; after
  // one, nobody asks again for a second.
  virtual absl::StatusOr<std::string> Token() = 0;

  // Whether Token() would return at once.
  virtual bool HasToken() const = 0;

  // A callee answered UNAUTHENTICATED to `token`: it may have been revoked (RevokeAll does that).
  // If it is still the one that Token() gives, the next Token() fetches another; at most one in ten
  // seconds, so that a callee who refuses everything does not send everybody to the server.
  virtual void Refused(absl::string_view token) = 0;
};

// Adds the token to every call made with it: grpc::ClientContext::set_credentials(), or composed
// with channel credentials. gRPC sends call credentials over secure channels alone; for a plain one
// (of this machine) use AddServiceToken(). While there is a live token no thread of gRPC's waits
// for anything; where there is none the wait is on a thread that gRPC keeps for that.
std::shared_ptr<grpc::CallCredentials> ServiceTokenCredentials(
    std::shared_ptr<ServiceTokenSource> source);

// Puts the token into the metadata of a call that has not begun.
absl::Status AddServiceToken(ServiceTokenSource& source, grpc::ClientContext& context);

}  // namespace signet::verifier
