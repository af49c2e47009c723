#pragma once

#include "absl/status/statusor.h"
#include "client/base/clock.h"
#include "server/app/vault.h"
#include "server/app/wait_for.h"
#include "server/config/settings.h"
#include "server/observe/logger.h"
#include "server/signing/key_encryption_key.h"

namespace signet::app {

// The key-encryption key from where `settings` say that it is. Errors as of Vault::ReadKek(),
// OpenHardwareKey() and KeyEncryptionKey.
absl::StatusOr<signing::KeyEncryptionKey> OpenKeyEncryptionKey(const config::Settings& settings,
                                                               Vault& vault,
                                                               const base::Clock& clock,
                                                               observe::Logger& logger,
                                                               const Pause& pause);

}  // namespace signet::app
