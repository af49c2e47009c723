#include "server/app/abuse_parts.h"

#include "server/app/room_options.h"
#include "server/captcha/siteverify.h"
#include "server/domain/abuse/proof_of_work.h"

namespace signet::app {
namespace {

// Each purpose a key of its own. The input has another length than any lineage's, so no refresh
// token ever equals one of them.
base::Secret KeyFor(const Tokens& tokens, absl::string_view purpose) {
  return tokens.deriver->Derive(purpose, 0, base::Secret("v1"));
}

std::unique_ptr<domain::ChallengeProvider> MakeProvider(const config::ChallengeSettings& challenge,
                                                        Database& database, const Tokens& tokens) {
  if (challenge.kind == "captcha") {
    return std::make_unique<captcha::Siteverify>(SiteverifyOptions(challenge),
                                                 challenge.captcha_secret.Clone());
  }
  return std::make_unique<domain::ProofOfWork>(
      ProofOfWorkOptions(challenge), KeyFor(tokens, "challenges"), database.used_challenges);
}

}  // namespace

AbuseGuards::AbuseGuards(const config::Settings& settings, Database& database, Tokens& tokens,
                         Passwords& passwords, const domain::MailSealer& mails,
                         domain::AuditTrail& audit, Telemetry& telemetry)
    : provider(MakeProvider(settings.challenge, database, tokens)),
      challenges(*provider, telemetry.abuse),
      desk(challenges, settings.challenge.registration),
      rates(BucketOptions(settings.rates), database.buckets, KeyFor(tokens, "rates"),
            telemetry.clock, telemetry.abuse),
      waiting_line(WaitingLineOptions(settings.limits), telemetry.clock),
      devices(KeyFor(tokens, "device tokens"), settings.abuse.device_ttl),
      threats(telemetry.abuse, telemetry.logger),
      login_gate(
          {database.attempts, waiting_line, rates, challenges, threats, devices, mails, audit},
          GuardPolicyOf(settings), ThreatPolicyOf(settings.abuse),
          KeyFor(tokens, "names, networks and passwords")),
      current_password(login_gate, *passwords.hasher, audit),
      unlock_account(database.attempts, audit) {}

}  // namespace signet::app
