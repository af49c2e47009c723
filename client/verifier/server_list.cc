#include "client/verifier/server_list.h"

#include <algorithm>
#include <random>
#include <utility>

#include "client/base/ip_address.h"

namespace signet::verifier {
namespace {

constexpr int kMaxMessageBytes = 16 << 20;

grpc::ChannelArguments Arguments() {
  grpc::ChannelArguments arguments;
  // gRPC's own pauses between attempts would grow to two minutes; ours stand in Backoff.
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS, 1000);
  arguments.SetInt(GRPC_ARG_MIN_RECONNECT_BACKOFF_MS,
                   3000);  // for an attempt, in spite of its name
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  // A connection that the program's other channels do not share, and do not keep alive.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetMaxReceiveMessageSize(kMaxMessageBytes);
  return arguments;
}

std::shared_ptr<grpc::ChannelCredentials> UsualCredentials(const std::string& address) {
  if (base::IsLocalTarget(address)) return grpc::InsecureChannelCredentials();
  return grpc::SslCredentials(grpc::SslCredentialsOptions());
}

}  // namespace

ServerList::ServerList(std::vector<std::string> addresses,
                       std::shared_ptr<grpc::ChannelCredentials> credentials)
    : size_(addresses.size()), credentials_(std::move(credentials)) {
  std::shuffle(addresses.begin(), addresses.end(), std::minstd_rand{std::random_device{}()});
  base::MutexLock lock(mutex_);
  for (const std::string& address : addresses) servers_.push_back(Connect(address));
}

std::shared_ptr<Server> ServerList::at(size_t number) const {
  base::MutexLock lock(mutex_);
  return servers_[number % servers_.size()];
}

void ServerList::Reconnect(size_t number, const Server& server) {
  auto fresh = Connect(server.address);
  base::MutexLock lock(mutex_);
  std::shared_ptr<Server>& now = servers_[number % servers_.size()];
  if (now.get() == &server) now.swap(fresh);
}

void ServerList::ReconnectIfDown(size_t number, const Server& server) {
  const bool is_down = server.channel->GetState(false) == GRPC_CHANNEL_TRANSIENT_FAILURE;
  if (is_down) Reconnect(number, server);
}

std::shared_ptr<Server> ServerList::Connect(const std::string& address) const {
  auto server = std::make_shared<Server>();
  server->address = address;
  const auto credentials = credentials_ ? credentials_ : UsualCredentials(address);
  server->channel = grpc::CreateCustomChannel(address, credentials, Arguments());
  server->stub = v1::TokenService::NewStub(server->channel);
  return server;
}

}  // namespace signet::verifier
