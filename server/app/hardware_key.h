#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "client/base/clock.h"
#include "server/app/wait_for.h"
#include "server/config/settings.h"
#include "server/observe/logger.h"
#include "server/pkcs11/hardware_seal.h"
#include "server/signing/key_encryption_key.h"

namespace signet::app {

// What pkcs11.* names, not begun. NOT_FOUND, FAILED_PRECONDITION: the file of the PIN, as
// signing::ReadPrivateFile() says.
absl::StatusOr<std::shared_ptr<pkcs11::HardwareSeal>> MakeHardwareSeal(
    const config::Pkcs11Settings& settings);

// The key-encryption key in the hardware module, proven to seal and open; waited for as long as
// pkcs11.start_timeout says. UNAVAILABLE: it was not to be had by then. CANCELLED when `pause` says
// so. Anything else is for the operator.
absl::StatusOr<signing::KeyEncryptionKey> OpenHardwareKey(const config::Pkcs11Settings& settings,
                                                          const base::Clock& clock,
                                                          observe::Logger& logger,
                                                          const Pause& pause);

}  // namespace signet::app
