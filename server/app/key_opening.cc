#include "server/app/key_opening.h"

#include <string>
#include <utility>

namespace signet::app {

using observe::LogLevel;

void KeyOpening::Look() {
  const absl::Status opened = ring_.OpenKeys();
  if (opened.ok()) {
    if (std::exchange(failing_, false)) logger_.Write(LogLevel::kInfo, "signing keys are open");
    return;
  }
  metrics_.reload_failures.fetch_add(1);
  if (std::exchange(failing_, true)) return;
  logger_.Write(LogLevel::kWarning, "a signing key cannot be opened, going on with those that are",
                {{observe::log_key::kError, std::string(opened.message())}});
}

}  // namespace signet::app
