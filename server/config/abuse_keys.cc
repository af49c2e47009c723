#include "server/config/abuse_keys.h"

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

}  // namespace

std::vector<Key> MakeAbuseKeys() {
  return {
      {"abuse.lock_after", "5",
       Count{[](S& s) -> int64_t& { return s.abuse.lock_after; }, 1, 1'000'000},
       "Failed logins in a row from which an account is locked; names that nobody has are locked "
       "alike."},
      {"abuse.lock_time", "1m",
       Duration{[](S& s) -> Dur& { return s.abuse.lock_time; }, absl::Seconds(1), absl::Hours(24)},
       "How long the first time; each further failure doubles it."},
      {"abuse.longest_lock", "1h",
       Duration{[](S& s) -> Dur& { return s.abuse.longest_lock; }, absl::Seconds(1),
                absl::Hours(24)},
       "How long at most."},
      {"abuse.challenge_after", "3",
       Count{[](S& s) -> int64_t& { return s.abuse.challenge_after; }, 1, 1'000'000},
       "Failed logins in a row from which the next one has to wait, and to solve a challenge."},
      {"abuse.delay", "1s",
       Duration{[](S& s) -> Dur& { return s.abuse.delay; }, absl::ZeroDuration(), absl::Minutes(1)},
       "How long it has to wait after that many; each further failure doubles it."},
      {"abuse.device_ttl", "180d",
       Duration{[](S& s) -> Dur& { return s.abuse.device_ttl; }, absl::Hours(1),
                absl::Hours(24 * 730)},
       "How long a device stays known after its last login: strangers cannot lock it out."},
      {"abuse.threat_window", "10m",
       Duration{[](S& s) -> Dur& { return s.abuse.threat_window; }, absl::Minutes(1),
                absl::Minutes(50)},
       "Over how long failed logins are looked at together, and how often a threat is told of."},
      {"abuse.stuffing_accounts", "20",
       Count{[](S& s) -> int64_t& { return s.abuse.stuffing_accounts; }, 2, 10000},
       "Accounts at which one network fails that make credential stuffing."},
      {"abuse.spraying_accounts", "10",
       Count{[](S& s) -> int64_t& { return s.abuse.spraying_accounts; }, 2, 10000},
       "Accounts at which one password fails that make password spraying."},
      {"abuse.storm_locks", "20",
       Count{[](S& s) -> int64_t& { return s.abuse.storm_locks; }, 2, 10000},
       "Locked accounts that make a storm."},
  };
}

std::vector<Key> MakeChallengeKeys() {
  return {
      {"challenge.kind", "proof_of_work",
       Text{[](S& s) -> string& { return s.challenge.kind; }, {"off", "proof_of_work", "captcha"}},
       "What is asked for after abuse.challenge_after failed logins: ALTCHA's proof of work, a "
       "CAPTCHA, or nothing."},
      {"challenge.max_number", "100000",
       Count{[](S& s) -> int64_t& { return s.challenge.max_number; }, 1, 100'000'000},
       "Half as many SHA-256 are the work of a solution."},
      {"challenge.ttl", "5m",
       Duration{[](S& s) -> Dur& { return s.challenge.ttl; }, absl::Seconds(10), absl::Minutes(50)},
       "How long a proof of work is accepted."},
      {"challenge.registration", "false",
       Flag{[](S& s) -> bool& { return s.challenge.registration; }},
       "Whether every registration needs one."},
      {"challenge.captcha_url", "", Text{[](S& s) -> string& { return s.challenge.captcha_url; }},
       "The provider's `siteverify` address (https), of reCAPTCHA, hCaptcha or Turnstile.",
       "https://challenges.cloudflare.com/turnstile/v0/siteverify"},
      {"challenge.captcha_site_key", "",
       Text{[](S& s) -> string& { return s.challenge.captcha_site_key; }},
       "The public key of the provider's widget; GetChallenge gives it out.",
       "1x00000000000000000000AA"},
      {"challenge.captcha_secret", "",
       SecretText{[](S& s) -> base::Secret& { return s.challenge.captcha_secret; }},
       "The secret that the provider knows this service by.", "/etc/signet/captcha-secret"},
      {"challenge.captcha_timeout", "3s",
       Duration{[](S& s) -> Dur& { return s.challenge.captcha_timeout; }, absl::Milliseconds(100),
                absl::Seconds(30)},
       "How long the provider may take."},
      {"challenge.when_unavailable", "refuse",
       Text{[](S& s) -> string& { return s.challenge.when_unavailable; }, {"refuse", "accept"}},
       "What counts while the provider does not answer: `refuse` lets in nobody who needs a "
       "solution, `accept` everybody."},
  };
}

std::vector<Key> MakeRateKeys() {
  return {
      {"rates.login", "address 60/1m, account 30/1m, client 6000/1m, global 12000/1m",
       Text{[](S& s) -> string& { return s.rates.login; }},
       "Logins: so many at once, and as many again per period, over all replicas; by address (IPv6 "
       "by /64), account, client_id and in all. `off`: no limit."},
      {"rates.register", "address 20/1m, account 5/1h, global 1200/1m",
       Text{[](S& s) -> string& { return s.rates.registration; }},
       "Registrations, by the same scopes but client."},
      {"rates.reset", "address 20/1m, account 5/1h, global 1200/1m",
       Text{[](S& s) -> string& { return s.rates.reset; }},
       "Requests for a password reset, by the same scopes but client."},
      {"rates.refresh", "address 6000/1m, account 600/1m",
       Text{[](S& s) -> string& { return s.rates.refresh; }},
       "Refreshes, by the same scopes but client. An address is often a whole gateway."},
      {"rates.mfa", "address 60/1m, account 20/1m",
       Text{[](S& s) -> string& { return s.rates.mfa; }},
       "Second factors, by the same scopes but client."},
      {"rates.api_key", "address 6000/1m, account 3000/1m",
       Text{[](S& s) -> string& { return s.rates.api_key; }},
       "Tokens that are asked for with an API key, by the same scopes but client; an account is "
       "one key. Calls that carry the key itself (Basic) count by address and in all."},
  };
}

}  // namespace signet::config
