#include "server/app/key_encryption.h"

#include "server/app/hardware_key.h"

namespace signet::app {

absl::StatusOr<signing::KeyEncryptionKey> OpenKeyEncryptionKey(const config::Settings& settings,
                                                               Vault& vault,
                                                               const base::Clock& clock,
                                                               observe::Logger& logger,
                                                               const Pause& pause) {
  if (!settings.key_encryption.in_hardware()) return vault.ReadKek(pause);
  return OpenHardwareKey(settings.pkcs11, clock, logger, pause);
}

}  // namespace signet::app
