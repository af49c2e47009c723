#include "server/doctor/checks.h"

namespace signet::doctor {

Finding CheckEdge(const Deployment& deployment) {
  if (deployment.grpc.loopback) return Skipped("only this machine reaches the gRPC port");
  Notes notes;
  if (!deployment.tls_client_ca.empty()) {
    notes.Ok("callers need a certificate before a frame of theirs is read");
  } else if (deployment.has_trusted_proxies) {
    notes.Ok("listen.trusted_proxies is set: see that nobody else reaches the gRPC port");
  } else {
    notes.Warn("others may reach the gRPC port, and no proxy is named (listen.trusted_proxies)",
               "where strangers come, put deploy/edge in front and let nobody past it",
               "docs/edge.md");
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
