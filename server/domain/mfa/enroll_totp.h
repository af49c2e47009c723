#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "client/base/secret.h"
#include "server/domain/audit/audit_trail.h"
#include "server/domain/call_info.h"
#include "server/domain/caller.h"
#include "server/domain/ports/second_factor_store.h"
#include "server/domain/ports/totp_sealer.h"

namespace signet::domain {

struct TotpEnrollment {
  base::Secret secret_base32;     // to be typed where no picture can be read
  base::Secret provisioning_uri;  // otpauth://…, what the QR code says
};

// Makes an authenticator secret for the caller, which counts for nothing until ConfirmTotp has seen
// a code of it. Another call replaces it. FAILED_PRECONDITION (MFA_ALREADY_ENABLED) where one is in
// force: it has to be switched off first. Two round trips. Thread-safe.
class EnrollTotp {
 public:
  // `issuer`: what the authenticator app shows above the code. Not empty.
  EnrollTotp(SecondFactorStore& factors, const TotpSealer& sealer, AuditTrail& audit,
             std::string issuer)
      : factors_(factors), sealer_(sealer), audit_(audit), issuer_(std::move(issuer)) {}

  absl::StatusOr<TotpEnrollment> Run(const Caller& caller, const CallInfo& call);

 private:
  absl::StatusOr<TotpEnrollment> Decide(const Caller& caller, const AuditRecord& audit,
                                        const CallInfo& call);

  SecondFactorStore& factors_;
  const TotpSealer& sealer_;
  AuditTrail& audit_;
  const std::string issuer_;
};

}  // namespace signet::domain
