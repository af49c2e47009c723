#include "server/app/factors.h"

#include <utility>

#include "client/base/status_macros.h"
#include "server/signing/server_secret.h"

namespace signet::app {

absl::StatusOr<std::unique_ptr<Factors>> Factors::Load(const config::MfaSettings& settings,
                                                       domain::SigningKeyStore& store,
                                                       const signing::KeyEncryptionKey& kek) {
  SIGNET_ASSIGN_OR_RETURN(auto sealer, signing::AeadTotpSealer::Create(store, kek));
  SIGNET_ASSIGN_OR_RETURN(auto recovery,
                          signing::LoadServerSecret(store, kek, "recovery-code-hmac-v1"));
  SIGNET_ASSIGN_OR_RETURN(auto challenge,
                          signing::LoadServerSecret(store, kek, "mfa-challenge-hmac-v1"));
  return std::unique_ptr<Factors>(
      new Factors{std::move(sealer), domain::RecoveryCodeHasher(std::move(recovery)),
                  domain::MfaChallenges(std::move(challenge), settings.challenge_life)});
}

FactorUseCases::FactorUseCases(const Parts& parts, const domain::TokenLifetimes& lifetimes,
                               const config::MfaSettings& mfa)
    : prove(parts.factors, *parts.keys.sealer, parts.keys.recovery),
      step_up(parts.current_password, parts.sessions, parts.policy, parts.issuer, lifetimes, prove,
              parts.audit),
      complete(parts.sessions, prove, parts.keys.challenges, parts.issuer, parts.audit, lifetimes,
               parts.devices, parts.mail),
      enroll(parts.factors, *parts.keys.sealer, parts.audit, mfa.issuer),
      confirm(parts.factors, *parts.keys.sealer, parts.keys.recovery, parts.mail, parts.audit,
              lifetimes),
      settings(parts.factors, parts.keys.recovery, parts.mail, parts.audit) {}

}  // namespace signet::app
