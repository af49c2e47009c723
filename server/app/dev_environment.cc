#include "server/app/dev_environment.h"

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <unistd.h>

#include "absl/memory/memory.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/config/quantity.h"
#include "server/signing/key_encryption_key.h"
#include "server/storage/migrate/migrator.h"

namespace signet::app {
namespace {

std::string KekFile(absl::string_view state_dir) { return absl::StrCat(state_dir, "/kek"); }

absl::Status WriteWhole(const std::string& path, absl::string_view text) {
  const std::string next = absl::StrCat(path, ".next");
  const int file = open(next.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (file < 0) {
    return absl::UnavailableError(absl::StrCat("cannot write ", next, ": ", std::strerror(errno)));
  }
  const bool written = write(file, text.data(), text.size()) == static_cast<ssize_t>(text.size());
  close(file);
  if (!written || std::rename(next.c_str(), path.c_str()) != 0) {
    return absl::UnavailableError(absl::StrCat("cannot write ", path));
  }
  return absl::OkStatus();
}

}  // namespace

std::string DevEnvironment::DefaultStateDir() {
  if (geteuid() == 0) return "/var/lib/signet-dev";
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state == '/') {
    return absl::StrCat(state, "/signet-dev");
  }
  const char* home = std::getenv("HOME");
  return absl::StrCat(home != nullptr ? home : "", "/.local/state/signet-dev");
}

std::map<std::string, std::string> DevEnvironment::Presets(absl::string_view state_dir) {
  return {{"tokens.issuer", "http://localhost:7421"},
          {"limits.drain_pause", "0s"},  // nobody balances load here
          {"hashing.priority", "low"},   // but other programs are busy
          {"console.enabled", "true"},   // and no stranger reaches it
          {"keys.kek_file", KekFile(state_dir)},
          {"mail.folder", absl::StrCat(state_dir, "/mail")},
          {"mail.from", "signet@localhost.localdomain"},
          {"mail.link_base", "http://localhost:7421"},  // the token after the '#' is what counts
          {"database.url", embedded::PrivateCluster::ServiceConninfoOf(state_dir)},
          {"database.owner_url", embedded::PrivateCluster::OwnerConninfoOf(state_dir)}};
}

absl::Status DevEnvironment::CheckAddresses(const config::ListenSettings& listen) {
  for (const std::string& address : {listen.grpc, listen.http}) {
    const auto parsed = config::ReadHostPort(address);
    if (parsed && parsed->is_loopback()) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("--dev serves this machine alone, and ", address,
                     " is not a loopback address: use 127.0.0.1, or `signetd run --config FILE` "
                     "for a server that others reach"));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<DevEnvironment>> DevEnvironment::Open(const std::string& state_dir) {
  SIGNET_ASSIGN_OR_RETURN(auto cluster, embedded::PrivateCluster::Start({.state_dir = state_dir}));
  auto environment = absl::WrapUnique(new DevEnvironment(state_dir, std::move(cluster)));
  // Of a server that was killed: whoever waits for the file must not take its ports for ours.
  unlink(environment->AddressFile().c_str());
  return environment;
}

absl::StatusOr<std::unique_ptr<DevEnvironment>> DevEnvironment::Join(const std::string& state_dir) {
  auto opened = Open(state_dir);
  if (opened.ok()) return opened;
  // Perhaps it runs already: then its owner's connection works.
  const auto probe = storage::Migrator::Connect(
      {.conninfo = embedded::PrivateCluster::OwnerConninfoOf(state_dir)});
  if (!probe.ok()) return opened.status();
  return absl::WrapUnique(new DevEnvironment(state_dir, nullptr));
}

absl::Status DevEnvironment::Prepare() {
  SIGNET_ASSIGN_OR_RETURN(auto migrator,
                          storage::Migrator::Connect(
                              {.conninfo = embedded::PrivateCluster::OwnerConninfoOf(state_dir_)}));
  SIGNET_RETURN_IF_ERROR(migrator->MigrateTo(std::nullopt).status());
  const std::string kek = KekFile(state_dir_);
  if (access(kek.c_str(), F_OK) == 0) return absl::OkStatus();
  return signing::KeyEncryptionKey::CreateFile(kek);
}

std::string DevEnvironment::AddressFile() const {
  return absl::StrCat(state_dir_, "/address.json");
}

absl::Status DevEnvironment::WriteAddresses(const std::string& grpc, const std::string& http) {
  return WriteWhole(AddressFile(), absl::StrCat("{\"grpc\":\"", grpc, "\",\"http\":\"", http,
                                                "\",\"pid\":", getpid(), "}\n"));
}

DevEnvironment::~DevEnvironment() {
  if (cluster_ != nullptr) unlink(AddressFile().c_str());
}

}  // namespace signet::app
