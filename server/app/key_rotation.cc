#include "server/app/key_rotation.h"

#include <string>
#include <utility>
#include <vector>

#include "client/base/error.h"

namespace signet::app {
namespace {

namespace log_key = observe::log_key;
using observe::LogLevel;

}  // namespace

void KeyRotation::Look(absl::Time now) {
  const auto report = rotation_.Run(now);
  if (report.ok()) {
    failing_ = false;
    return Tell(*report);
  }
  metrics_.rotation_failures.fetch_add(1);
  if (std::exchange(failing_, true)) return;
  logger_.Write(LogLevel::kWarning, "planned rotation of signing keys failed",
                {{log_key::kReason, std::string(base::ErrorReason(report.status()))},
                 {log_key::kError, std::string(report.status().message())}});
}

void KeyRotation::Tell(const domain::RotateKeys::Report& report) {
  using observe::RotationStep;
  const std::pair<RotationStep, const std::vector<std::string>&> steps[] = {
      {RotationStep::kPrepared, report.prepared},
      {RotationStep::kActivated, report.activated},
      {RotationStep::kRetired, report.retired},
      {RotationStep::kErased, report.erased}};
  constexpr const char* kNames[] = {"prepared", "activated", "retired", "erased"};
  for (const auto& [step, kids] : steps) {
    metrics_.rotation_steps.Add(step, kids.size());
    for (const std::string& kid : kids) {
      logger_.Write(LogLevel::kInfo, "planned rotation of signing keys",
                    {{log_key::kKid, kid}, {log_key::kState, kNames[static_cast<size_t>(step)]}});
    }
  }
  TellWaiting(report.waits);
}

void KeyRotation::TellWaiting(const absl::Status& waits) {
  const bool lag = base::ErrorReason(waits) == "VERIFIERS_LAG";
  metrics_.rotation_waits = lag;
  if (!std::exchange(waiting_, lag) && lag) {
    logger_.Write(LogLevel::kWarning, "a signing key that is due waits for verifiers",
                  {{log_key::kError, std::string(waits.message())}});
  }
}

}  // namespace signet::app
