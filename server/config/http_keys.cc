#include "server/config/http_keys.h"

namespace signet::config {
namespace {

using S = Settings;
using std::string;

}  // namespace

std::vector<Key> MakeAuthzKeys() {
  return {
      {"authz.rules", "", Path{[](S& s) -> string& { return s.authz.rules; }},
       "What gateways may let through, path by path (docs/gateways.md). Without it there is no "
       "/authz, and Check lets nothing through. Read at the start.",
       "/etc/signet/authz.yaml"},
  };
}

std::vector<Key> MakeConnectKeys() {
  return {
      {"connect.enabled", "true", Flag{[](S& s) -> bool& { return s.connect.enabled; }},
       "Whether the HTTP port takes every unary RPC as JSON or protobuf, and shows /openapi.json."},
      {"connect.message", "256KiB",
       Size{[](S& s) -> int64_t& { return s.connect.message; }, 16 * kKiB, 8 * kMiB},
       "Largest request of those, packed and unpacked; larger ones go by gRPC. Each connection of "
       "the HTTP port may hold one."},
      {"connect.origins", "", Text{[](S& s) -> string& { return s.connect.origins; }},
       "Origins whose pages may call by a browser (CORS), separated by commas, as browsers write "
       "them. Empty: none.",
       "https://app.example.com"},
  };
}

std::vector<Key> MakeConsoleKeys() {
  return {
      {"console.enabled", "false", Flag{[](S& s) -> bool& { return s.console.enabled; }},
       "Whether the HTTP port shows the status console at /console (docs/console.md). Off, because "
       "where that port is open to strangers it shows them a form for passwords."},
  };
}

}  // namespace signet::config
