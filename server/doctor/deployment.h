#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/clock.h"
#include "server/pkcs11/hardware_seal.h"
#include "server/signing/key_encryption_key.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/survey.h"
#include "server/storage/storage_observer.h"

namespace signet::doctor {

// What is examined: a configuration, read and valid, as far as the checks ask. Immutable while they
// run; every part is thread-safe.
struct Deployment {
  // One of the two ports, as configured.
  struct Port {
    std::string host;  // "0.0.0.0", "::", "127.0.0.1", …
    int port = 0;      // 0: the system chooses one, so that nobody can be asked
    bool loopback = false;
  };
  Port grpc;
  Port http;
  std::string issuer;  // URL
  std::string tls_certificate;
  std::string tls_key;
  std::string tls_client_ca;
  bool has_trusted_proxies = false;

  // A path from outside to the gRPC port (--through); empty: none was named.
  struct Path {
    std::string address;  // host:port
    std::string ca_file;  // authorities to trust; empty: the system's
    bool plaintext = false;
  };
  Path through;

  enum class KekKeeper { kNobody, kVault, kHardware };  // kNobody: a file, the environment
  KekKeeper kek_keeper = KekKeeper::kNobody;
  absl::StatusOr<signing::KeyEncryptionKey> kek = absl::UnknownError("not read");
  // Of the keeper's; one object, so that one PIN is tried once.
  absl::StatusOr<std::shared_ptr<pkcs11::HardwareSeal>> hardware = absl::UnknownError("not read");
  bool vault_configured = false;
  bool vault_gives_credentials = false;  // those of `database`
  absl::Status vault;                    // of the login and the first credentials
  absl::Duration rotate_after;           // zero: the servers do not rotate

  storage::ConnectionPool::Options database;  // as the service connects
  bool mail_configured = false;
  std::string audit_checkpoint_file;
  int64_t files_needed = 0;  // descriptors of a process at its limits

  std::string pgbackrest = "pgbackrest";  // the program, by PATH
  std::string pgbackrest_stanza = "signet";

  const base::Clock* clock = nullptr;
  storage::Survey* survey = nullptr;        // over connections that cannot write
  storage::ConnectionPool* pool = nullptr;  // of the same connections
};

}  // namespace signet::doctor
