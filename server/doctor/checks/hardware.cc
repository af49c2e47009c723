#include "absl/strings/str_cat.h"
#include "server/doctor/checks.h"

namespace signet::doctor {
namespace {

constexpr char kHardwareRunbook[] = "docs/runbooks/hardware-module.md";

}  // namespace

Finding CheckHardware(const Deployment& deployment) {
  if (deployment.kek_keeper != Deployment::KekKeeper::kHardware) {
    return Skipped("key_encryption.source is not pkcs11");
  }
  Notes notes;
  if (!deployment.hardware.ok()) {
    notes.Fail(deployment.hardware.status().message(),
               "give the PIN as pkcs11.pin_file says, to the service's user alone",
               kHardwareRunbook);
    return notes.Conclude();
  }
  pkcs11::HardwareSeal& seal = **deployment.hardware;
  const absl::Status begun = seal.Begin();
  if (!begun.ok()) {
    notes.Fail(begun.message(), "correct the setting, or bring the module back", kHardwareRunbook);
    return notes.Conclude();
  }
  const std::string seen = absl::StrCat(seal.id(), " seals and opens");
  if (seal.extractable()) {
    notes.Warn(absl::StrCat(seen, ", and can be taken out of the module (CKA_EXTRACTABLE)"),
               "make one with CKA_EXTRACTABLE false, and change to it",
               "docs/runbooks/key-encryption-key-change.md");
  } else {
    notes.Ok(absl::StrCat(seen, ", and cannot be taken out of the module"));
  }
  return notes.Conclude();
}

}  // namespace signet::doctor
