#include "server/app/hardware_key.h"

#include <utility>

#include "absl/strings/strip.h"
#include "client/base/status_macros.h"
#include "server/signing/private_file.h"

namespace signet::app {
namespace {

constexpr size_t kLongestPin = 4096;

absl::StatusOr<base::Secret> ReadPin(const config::Pkcs11Settings& settings) {
  if (settings.pin_file.empty()) return settings.pin.Clone();
  SIGNET_ASSIGN_OR_RETURN(
      const base::Secret content,
      signing::ReadPrivateFile(settings.pin_file, "PIN of pkcs11.pin_file", kLongestPin));
  absl::string_view pin = content.reveal();
  while (absl::ConsumeSuffix(&pin, "\n") || absl::ConsumeSuffix(&pin, "\r")) {
  }
  return base::Secret(pin);
}

}  // namespace

absl::StatusOr<std::shared_ptr<pkcs11::HardwareSeal>> MakeHardwareSeal(
    const config::Pkcs11Settings& settings) {
  SIGNET_ASSIGN_OR_RETURN(auto uri, pkcs11::KeyUri::Parse(settings.uri));
  SIGNET_ASSIGN_OR_RETURN(auto pin, ReadPin(settings));
  return std::make_shared<pkcs11::HardwareSeal>(settings.module, std::move(uri), std::move(pin));
}

absl::StatusOr<signing::KeyEncryptionKey> OpenHardwareKey(const config::Pkcs11Settings& settings,
                                                          const base::Clock& clock,
                                                          observe::Logger& logger,
                                                          const Pause& pause) {
  SIGNET_ASSIGN_OR_RETURN(const auto seal, MakeHardwareSeal(settings));
  const Patience patience{.line = "waiting for the hardware module",
                          .setting = "pkcs11.start_timeout",
                          .until = clock.Now() + settings.start_timeout};
  SIGNET_RETURN_IF_ERROR(WaitFor([&] { return seal->Begin(); }, patience, clock, logger, pause));
  if (seal->extractable()) {
    logger.Write(observe::LogLevel::kWarning,
                 "the key-encryption key can be taken out of its hardware module (CKA_EXTRACTABLE)",
                 {{observe::log_key::kReason, seal->id()}});
  }
  return signing::KeyEncryptionKey::Remote(seal);
}

}  // namespace signet::app
