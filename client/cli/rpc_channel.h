#pragma once

#include <memory>
#include <string>
#include <utility>

#include <grpcpp/grpcpp.h>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::cli {

// How to reach the server.
struct ServerOptions {
  std::string address = "127.0.0.1:7420";  // host:port, [v6]:port or unix:/path
  std::string ca_file;                     // PEM roots; empty: the system's
  std::string certificate_file;            // PEM, with key_file: mutual TLS
  std::string key_file;
  bool plaintext = false;  // without TLS although the address is not local
  absl::Duration timeout = absl::Seconds(10);
};

// The refusal that a server sent, with its reason, fields (in the message) and time to retry;
// reason UNREACHABLE where the call met no server at all.
absl::Status StatusOfCall(const grpc::Status& status);

// One connection to one server. Without TLS options, local addresses are spoken to in plain text
// and all others with TLS. Not thread-safe.
class RpcChannel {
 public:
  // INVALID_ARGUMENT, reason USAGE: a file cannot be read, a certificate without a key, or TLS
  // options beside --plaintext.
  static absl::StatusOr<RpcChannel> Open(const ServerOptions& options);

  // Calls a method of a generated stub and waits for the answer, at most the timeout. With a token
  // it goes along as the caller's credential.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Call(grpc::Status (Stub::*method)(grpc::ClientContext*, const Request&,
                                                             Response*),
                                const Request& request, absl::string_view access_token = "") const {
    Stub stub(channel_);
    grpc::ClientContext context;
    Prepare(context, access_token);
    Response response;
    const grpc::Status status = (stub.*method)(&context, request, &response);
    if (!status.ok()) return StatusOfCall(status);
    return response;
  }

  // Whether the service says SERVING (grpc.health.v1); the empty name asks for the whole server.
  absl::StatusOr<bool> IsServing(const std::string& service) const;

 private:
  RpcChannel(std::shared_ptr<grpc::Channel> channel, absl::Duration timeout)
      : channel_(std::move(channel)), timeout_(timeout) {}
  void Prepare(grpc::ClientContext& context, absl::string_view access_token) const;

  std::shared_ptr<grpc::Channel> channel_;
  absl::Duration timeout_;
};

}  // namespace signet::cli
