#pragma once

#include <map>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/config/settings.h"
#include "server/embedded/private_cluster.h"

namespace signet::app {

// Everything that `--dev` needs and that a deployment gives a server from outside: a private
// PostgreSQL cluster, a migrated schema, a key-encryption key, in one state directory that the next
// start goes on with. Used by the main thread.
class DevEnvironment {
 public:
  // /var/lib/signet-dev for root, else $XDG_STATE_HOME/signet-dev or ~/.local/state/signet-dev.
  static std::string DefaultStateDir();

  // What the configuration takes for granted in this state directory; opens nothing.
  static std::map<std::string, std::string> Presets(absl::string_view state_dir);

  // FAILED_PRECONDITION unless both ports are loopback addresses: whatever a development server
  // holds, it is not to be shared with a network.
  static absl::Status CheckAddresses(const config::ListenSettings& listen);

  // Starts the cluster. FAILED_PRECONDITION when another process runs it.
  static absl::StatusOr<std::unique_ptr<DevEnvironment>> Open(const std::string& state_dir);
  // The same, but a cluster that another process runs is used as it is.
  static absl::StatusOr<std::unique_ptr<DevEnvironment>> Join(const std::string& state_dir);

  // Brings the schema up to date and makes the key-encryption key (mode 0600) if there is none.
  absl::Status Prepare();

  // <state_dir>/address.json, written whole or not at all: {"grpc":"127.0.0.1:7420",
  // "http":"127.0.0.1:7421","pid":1234}. Removed when the environment ends.
  absl::Status WriteAddresses(const std::string& grpc, const std::string& http);

  ~DevEnvironment();
  DevEnvironment(const DevEnvironment&) = delete;
  DevEnvironment& operator=(const DevEnvironment&) = delete;

 private:
  DevEnvironment(std::string state_dir, std::unique_ptr<embedded::PrivateCluster> cluster)
      : state_dir_(std::move(state_dir)), cluster_(std::move(cluster)) {}
  std::string AddressFile() const;

  const std::string state_dir_;
  const std::unique_ptr<embedded::PrivateCluster> cluster_;  // null: another process runs it
};

}  // namespace signet::app
