#pragma once

#include <memory>

#include "absl/status/statusor.h"
#include "server/config/settings.h"
#include "server/domain/abuse/current_password.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/mfa/complete_mfa.h"
#include "server/domain/mfa/confirm_totp.h"
#include "server/domain/mfa/enroll_totp.h"
#include "server/domain/mfa/factor_settings.h"
#include "server/domain/mfa/mfa_challenge.h"
#include "server/domain/mfa/prove_factor.h"
#include "server/domain/mfa/recovery_codes.h"
#include "server/domain/mfa/step_up.h"
#include "server/signing/totp_seal.h"

namespace signet::app {

// What second factors are sealed, hashed and challenged with: keys that all replicas share.
struct Factors {
  // Reads the keys, or makes them. Errors as signing::LoadServerSecret().
  static absl::StatusOr<std::unique_ptr<Factors>> Load(const config::MfaSettings& settings,
                                                       domain::SigningKeyStore& store,
                                                       const signing::KeyEncryptionKey& kek);

  std::unique_ptr<signing::AeadTotpSealer> sealer;
  domain::RecoveryCodeHasher recovery;
  domain::MfaChallenges challenges;
};

// The use cases about second factors and step-up.
struct FactorUseCases {
  struct Parts {  // all outlive the use cases
    domain::CurrentPassword& current_password;
    domain::SessionStore& sessions;
    domain::SecondFactorStore& factors;
    const domain::PasswordPolicy& policy;
    domain::TokenIssuer& issuer;
    domain::AuditTrail& audit;
    const domain::MailSealer& mail;
    const domain::DeviceTokens& devices;
    const Factors& keys;
  };
  FactorUseCases(const Parts& parts, const domain::TokenLifetimes& lifetimes,
                 const config::MfaSettings& settings);

  domain::ProveFactor prove;
  domain::StepUp step_up;
  domain::CompleteMfa complete;
  domain::EnrollTotp enroll;
  domain::ConfirmTotp confirm;
  domain::FactorSettings settings;
};

}  // namespace signet::app
