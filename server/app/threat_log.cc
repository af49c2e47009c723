#include "server/app/threat_log.h"

#include <string>

namespace signet::app {
namespace {

using observe::LogField;
using observe::LogLevel;
namespace log_key = observe::log_key;

observe::Threat LabelOf(domain::ThreatKind kind) {
  switch (kind) {
    case domain::ThreatKind::kStuffing:
      return observe::Threat::kStuffing;
    case domain::ThreatKind::kSpraying:
      return observe::Threat::kSpraying;
    case domain::ThreatKind::kLockoutStorm:
      return observe::Threat::kLockoutStorm;
    case domain::ThreatKind::kReplay:
      return observe::Threat::kReplay;
  }
  return observe::Threat::kReplay;
}

absl::string_view NameOf(domain::ThreatKind kind) {
  switch (kind) {
    case domain::ThreatKind::kStuffing:
      return "stuffing";
    case domain::ThreatKind::kSpraying:
      return "spraying";
    case domain::ThreatKind::kLockoutStorm:
      return "lockout_storm";
    case domain::ThreatKind::kReplay:
      return "replay";
  }
  return "";
}

}  // namespace

void ThreatLog::Raised(domain::ThreatKind kind, const domain::Peer& peer) {
  metrics_.threats.Add(LabelOf(kind));
  logger_.Write(LogLevel::kWarning, "threat",
                {LogField(log_key::kReason, NameOf(kind)), LogField(log_key::kPeer, peer.address)});
}

// The subject is a user id, or, alike in form, what stands for a name that nobody has.
void ThreatLog::Locked(const domain::GuardKey& key, absl::Time until, const domain::Peer& peer) {
  const std::string subject = key.subject.ToString();
  logger_.Write(
      LogLevel::kWarning, "account locked",
      {LogField(log_key::kUserId, subject), LogField(log_key::kPeer, peer.address),
       LogField(log_key::kState, absl::FormatTime(absl::RFC3339_sec, until, absl::UTCTimeZone()))});
}

}  // namespace signet::app
