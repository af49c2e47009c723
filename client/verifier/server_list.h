#pragma once

#include <cstddef>
#include <memory>
#include <string>
#include <vector>

#include <grpcpp/grpcpp.h>
#include <signet/v1/token_service.grpc.pb.h>

#include "absl/base/thread_annotations.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/mutex.h"

namespace signet::verifier {

// One server, or a name that stands for several.
struct Server {
  std::string address;
  std::shared_ptr<grpc::Channel> channel;
  std::unique_ptr<v1::TokenService::Stub> stub;
};

// The servers of one deployment, each with a connection of its own that both feeds and questions
// share. In an order by chance, so that a fleet of verifiers spreads over them. Thread-safe.
class ServerList {
 public:
  // `addresses` are not empty. Without credentials, addresses that cannot leave this machine are
  // spoken to in plain text, and all others by TLS with the system's roots.
  ServerList(std::vector<std::string> addresses,
             std::shared_ptr<grpc::ChannelCredentials> credentials);

  size_t size() const { return size_; }
  // The server of any number, counted round.
  std::shared_ptr<Server> at(size_t number) const;
  // `server`, got from at(number), was silent. From now on with a new connection, unless there is
  // one by now: that one seems to lead nowhere, which TCP may take many minutes to notice.
  void Reconnect(size_t number, const Server& server);
  // A call to `server` failed. Reconnects where that is because no connection could be made: gRPC
  // 1.51 goes on trying, but looks at what becomes of it only while calls wait for it, and with a
  // connection that has failed once none do. A server that is back would be noticed up to many
  // seconds late; a new connection is waited for by its first call. For whoever pauses after a
  // failure: each connection costs an attempt.
  void ReconnectIfDown(size_t number, const Server& server);

 private:
  std::shared_ptr<Server> Connect(const std::string& address) const;

  const size_t size_;
  const std::shared_ptr<grpc::ChannelCredentials> credentials_;  // null: by the address
  mutable base::Mutex mutex_;
  std::vector<std::shared_ptr<Server>> servers_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace signet::verifier
