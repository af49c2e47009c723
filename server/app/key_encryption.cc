#include "server/app/key_encryption.h"

#include "server/app/hardware_key.h"
#include "server/app/room_options.h"

namespace signet::app {

absl::StatusOr<signing::KeyEncryptionKey> OpenKeyEncryptionKey(const config::Settings& settings,
                                                               Vault& vault,
                                                               const base::Clock& clock,
                                                               observe::Logger& logger,
                                                               const Pause& pause) {
  if (settings.key_encryption.in_vault()) return vault.ReadKek(pause);
  if (settings.key_encryption.in_hardware()) {
    return OpenHardwareKey(settings.pkcs11, clock, logger, pause);
  }
  return ReadKek(settings.keys);
}

}  // namespace signet::app
