#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

// What is sealed for this opens under no other context, and is kept nowhere.
constexpr char kTrial[] = "signet doctor";

absl::Status SealAndOpen(const absl::StatusOr<signing::KeyEncryptionKey>& kek) {
  SIGNET_RETURN_IF_ERROR(kek.status());
  SIGNET_ASSIGN_OR_RETURN(const std::string sealed, kek->Seal(base::Secret(kTrial), kTrial));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret opened, kek->Open(sealed, kTrial));
  return opened.reveal() == kTrial
             ? absl::OkStatus()
             : absl::DataLossError("the key-encryption key opens to something else than it sealed");
}

}  // namespace

Finding CheckVault(const Deployment& deployment) {
  if (!deployment.vault_configured) return Skipped("vault.addresses names none");
  Notes notes;
  std::vector<std::string> given = {"Vault lets the service log in"};
  absl::Status asked = deployment.vault;
  if (deployment.vault_gives_credentials) given.push_back("gives the database's credentials");
  if (asked.ok() && deployment.kek_keeper == Deployment::KekKeeper::kVault) {
    asked = SealAndOpen(deployment.kek);
    given.push_back("its key-encryption key seals and opens");
  }
  if (asked.ok()) {
    notes.Ok(absl::StrJoin(given, ", "));
  } else {
    notes.Fail(asked.message(),
               "unseal it, mend the way to vault.addresses, or let the service's login have what "
               "the configuration asks for",
               "docs/runbooks/vault.md#signetvaultfails");
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
