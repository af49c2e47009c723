#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/config/settings.h"
#include "server/connect/door.h"
#include "server/connect/methods.h"
#include "server/http/reply.h"
#include "server/rpc/server.h"

namespace signet::app {

// What carries calls of the HTTP port. `server` gives null, and calls are OVERLOADED, as long as it
// has not started: the HTTP port opens first.
connect::Door::Carrier CarriedBy(std::function<rpc::Server*()> server);

// The RPCs of the HTTP port, carried by the server of the gRPC port, and the document of them.
class JsonDoor {
 public:
  // `server`: as of CarriedBy().
  JsonDoor(const config::ConnectSettings& settings, std::function<rpc::Server*()> server);

  // None where it is switched off. The door outlives them.
  std::vector<http::Route> Routes() const;

 private:
  const bool enabled_;
  const connect::Methods methods_;
  const connect::Door door_;
};

// What /openapi.json shows, of this version.
std::string OpenApiDocument();

}  // namespace signet::app
