#include "server/domain/mfa/complete_mfa.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/abuse/device_mail.h"

namespace signet::domain {
namespace {

absl::string_view ReasonOf(MfaOutcome outcome) {
  switch (outcome) {
    case MfaOutcome::kSucceeded:
      return "";
    case MfaOutcome::kRecovered:
      return "RECOVERY_CODE";
    case MfaOutcome::kChallengeInvalid:
      return "CHALLENGE_INVALID";
    case MfaOutcome::kWrongCode:
      return "WRONG_CODE";
    case MfaOutcome::kReplayedCode:
      return "REPLAYED_CODE";
    case MfaOutcome::kRefused:
      return "TOO_MANY_CODES";
    case MfaOutcome::kRaced:
      return "RACED";
  }
  return "";
}

// One answer for a challenge that was never good, is not good any more, or has been used: what
// helps is the same.
absl::Status ChallengeInvalid() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "MFA_CHALLENGE_INVALID",
                         "the challenge has expired or was used; log in again");
}

MfaOutcome OutcomeOf(FactorOutcome outcome) {
  if (outcome == FactorOutcome::kRefused) return MfaOutcome::kRefused;
  return outcome == FactorOutcome::kReplayed ? MfaOutcome::kReplayedCode : MfaOutcome::kWrongCode;
}

NewSession Describe(const MfaChallenge& challenge, FactorProof proof, const FirstCredential& first,
                    const TokenLifetimes& lifetimes, const CallInfo& call) {
  NewSession session;
  session.password_version = challenge.password_version;
  session.client_id = challenge.client_id;
  session.audience = challenge.audience;
  session.scopes = challenge.scopes;
  session.device_name = challenge.device_name;
  session.peer = call.peer;
  session.acr = kAcrSecondFactor;
  session.amr = AmrOfSecondFactor();
  session.now = call.now;
  first.Describe(lifetimes, session);
  session.factor = std::move(proof);
  // The attempt at the password was taken back when that was right; now its failures go as well.
  session.door = GuardKey{challenge.user_id.uuid(), challenge.device};
  return session;
}

}  // namespace

absl::StatusOr<MfaDecision> CompleteMfa::Run(const CompleteMfaCommand& command,
                                             const CallInfo& call) {
  const std::optional<MfaChallenge> challenge = challenges_.Open(command.challenge, call.now);
  AuditEvent event = AuditEventOf(AuditAction::kCompleteMfa, call);
  if (!challenge) {
    return Refuse(MfaOutcome::kChallengeInvalid, ChallengeInvalid(), std::move(event));
  }
  event.subject = challenge->user_id;
  event.session = challenge->session_id;

  SIGNET_ASSIGN_OR_RETURN(FactorDecision factor,
                          prove_.Run(challenge->user_id, command.answer, call.now));
  if (factor.outcome == FactorOutcome::kNoFactor) {
    return Refuse(MfaOutcome::kRaced, ChallengeInvalid(), std::move(event));
  }
  if (factor.outcome != FactorOutcome::kProved) {
    return Refuse(OutcomeOf(factor.outcome), FactorRefusal(factor), std::move(event));
  }

  const MfaOutcome outcome =
      factor.proof.recovery_hash.empty() ? MfaOutcome::kSucceeded : MfaOutcome::kRecovered;
  event.actor = {AuditActor::Kind::kUser, challenge->user_id.uuid()};
  event.reason = std::string(ReasonOf(outcome));
  const FirstCredential first(challenge->kind, challenge->user_id, challenge->session_id);
  NewSession session = Describe(*challenge, std::move(factor.proof), first, lifetimes_, call);
  if (!challenge->new_device_address.empty()) {
    session.new_device = NewDeviceMail(mails_, challenge->user_id, challenge->new_device_address,
                                       challenge->device_name, call);
  }
  SIGNET_ASSIGN_OR_RETURN(const std::optional<SessionGrant> grant,
                          sessions_.Open(session, audit_.Record(event)));
  if (!grant) return Refuse(MfaOutcome::kRaced, ChallengeInvalid(), std::move(event));

  MfaDecision decision;
  if (first.kind() == SessionKind::kSessionToken) {
    decision.session = OfferOf(first, lifetimes_);
  } else {
    SIGNET_ASSIGN_OR_RETURN(decision.tokens,
                            IssueTokenPair(issuer_, *grant, first.Encode(), lifetimes_, call.now));
  }
  decision.outcome = outcome;
  decision.device_token = devices_.Renew(
      {challenge->user_id, challenge->device, challenge->password_version}, call.now);
  decision.session_id = grant->session_id;
  decision.user_id = grant->user_id;
  return decision;
}

absl::StatusOr<MfaDecision> CompleteMfa::Refuse(MfaOutcome outcome, absl::Status refusal,
                                                AuditEvent event) {
  SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), ReasonOf(outcome)));
  MfaDecision decision;
  decision.outcome = outcome;
  decision.refusal = std::move(refusal);
  return decision;
}

}  // namespace signet::domain
