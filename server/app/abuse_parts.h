#pragma once

#include <memory>

#include "server/app/counting_challenges.h"
#include "server/app/parts.h"
#include "server/app/threat_log.h"
#include "server/config/settings.h"
#include "server/domain/abuse/challenge_desk.h"
#include "server/domain/abuse/current_password.h"
#include "server/domain/abuse/device_token.h"
#include "server/domain/abuse/login_gate.h"
#include "server/domain/abuse/unlock_account.h"
#include "server/limits/leased_buckets.h"
#include "server/limits/waiting_line.h"

namespace signet::app {

// What stands between strangers and the use cases.
struct AbuseGuards {
  // After Tokens::Load(): the keys of what all replicas have to recognise come from the secret that
  // they share.
  AbuseGuards(const config::Settings& settings, Database& database, Tokens& tokens,
              Passwords& passwords, const domain::MailSealer& mails, domain::AuditTrail& audit,
              Telemetry& telemetry);

  std::unique_ptr<domain::ChallengeProvider> provider;
  CountingChallenges challenges;
  domain::ChallengeDesk desk;
  limits::LeasedBuckets rates;
  limits::WaitingLine waiting_line;
  domain::DeviceTokens devices;
  ThreatLog threats;
  domain::LoginGate login_gate;
  domain::CurrentPassword current_password;
  domain::UnlockAccount unlock_account;
};

}  // namespace signet::app
