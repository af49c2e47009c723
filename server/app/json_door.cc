#include "server/app/json_door.h"

#include <utility>

#include "client/base/error.h"
#include "server/app/version.h"
#include "server/connect/openapi/document.h"
#include "server/http/endpoints.h"
#include "server/rpc/status_mapping.h"

namespace signet::app {
connect::Door::Carrier CarriedBy(std::function<rpc::Server*()> server) {
  return [server = std::move(server)](rpc::OutsideRequest request, rpc::OutsideDone done) {
    if (rpc::Server* carrier = server()) return carrier->Call(std::move(request), std::move(done));
    const absl::Status starting = base::Overloaded("the server is starting", absl::Seconds(1));
    done({rpc::ToPublicError(starting).status, {}, {}});
  };
}

JsonDoor::JsonDoor(const config::ConnectSettings& settings, std::function<rpc::Server*()> server)
    : enabled_(settings.enabled),
      methods_(rpc::MethodTable()),
      door_(methods_,
            {.largest_message = static_cast<size_t>(settings.message),
             .origins = connect::Origins(settings.origins)},
            CarriedBy(std::move(server))) {}

std::vector<http::Route> JsonDoor::Routes() const {
  if (!enabled_) return {};
  return {door_.Route(), http::Json("/openapi.json", OpenApiDocument())};
}

std::string OpenApiDocument() {
  return connect::OpenApi(connect::Methods(rpc::MethodTable()), Version());
}

}  // namespace signet::app
