#include "client/cli/advice.h"

#include <array>

#include "client/base/error.h"

namespace signet::cli {
namespace {

struct Advised {
  absl::string_view reason;
  absl::string_view advice;
};

constexpr std::array kAdvice = {
    Advised{"FIELD_INVALID", "correct the value named above"},
    Advised{"CREDENTIALS_INVALID",
            "check the address and the password; `signet register` makes an account"},
    Advised{"TOKEN_INVALID", "log in again: signet login EMAIL"},
    Advised{"PERMISSION_MISSING", "ask an administrator for the permission named above"},
    Advised{"REFRESH_TOKEN_INVALID", "log in again: signet login EMAIL"},
    Advised{"SESSION_ENDED", "log in again: signet login EMAIL"},
    Advised{
        "REFRESH_TOKEN_REUSED",
        "the session was ended because its refresh token was used twice: someone else may hold a "
        "copy. Change the password if that was not you, then log in again"},
    Advised{"STEP_UP_REQUIRED", "say once more who you are: signet step-up"},
    Advised{"MFA_REQUIRED", "give the code of the authenticator app too"},
    Advised{"MFA_CODE_INVALID",
            "wait for the next code of the authenticator app; each counts once"},
    Advised{"MFA_CHALLENGE_INVALID", "log in again: signet login EMAIL"},
    Advised{"MFA_ALREADY_ENABLED", "remove it first: signet mfa disable"},
    Advised{"MFA_NOT_ENROLLED", "set one up first: signet mfa enroll"},
    Advised{"MFA_NOT_ENABLED", "set one up: signet mfa enroll"},
    Advised{"SESSION_UNKNOWN", "list your sessions: signet sessions list"},
    Advised{"ROLE_UNKNOWN", "list the roles: signet role list"},
    Advised{"SUBJECT_UNKNOWN", "check the id: of a user or of a service account"},
    Advised{"GRANT_UNKNOWN", "list what is held: signet grant list --subject ID"},
    Advised{"TOO_MANY_ROLES", "take another role away first, or make one role of several"},
    Advised{"ROLE_BUILT_IN", "make a role of your own: signet role create"},
    Advised{"ROLE_IN_USE", "take it from everybody first: signet grant list --role NAME"},
    Advised{"LAST_ADMINISTRATOR", "make somebody else an administrator without an end first"},
    Advised{"SERVICE_ACCOUNT_UNKNOWN", "list them: signet service-account list"},
    Advised{"API_KEY_UNKNOWN", "list them: signet api-key list SERVICE_ACCOUNT_ID"},
    Advised{"TOO_MANY_API_KEYS", "revoke those that are not used: signet api-key list"},
    Advised{"SELF_GRANT", "ask another administrator"},
    Advised{"KEY_UNKNOWN", "list the keys: signet keys list"},
    Advised{"KEY_NOT_PUBLISHED", "look at its state: signet keys list"},
    Advised{"KEY_TOO_FRESH",
            "wait until verifiers have fetched it, or add --force in an emergency"},
    Advised{"VERIFIERS_LAG",
            "see who holds what: signet keys verifiers; add --force in an emergency"},
    Advised{"TOO_MANY_STREAMS", "the server is busy; try again shortly"},
    Advised{"STREAM_TOO_SLOW", "come back, with what was applied last"},
    Advised{"KEY_STILL_NEEDED",
            "wait until its last token has expired, or add --force in an emergency"},
    Advised{"KEY_STATE_INVALID", "look at its state: signet keys list"},
    Advised{
        "EMAIL_TOKEN_INVALID",
        "a link works once and for an hour, and no longer once a newer one was sent: ask for a new "
        "one (signet email resend, signet reset request)"},
    Advised{"SESSION_TOKENS_OFF", "log in for tokens: signet login EMAIL"},
    Advised{"EMAIL_NOT_VERIFIED",
            "open the link of the welcome mail, or have it sent again: signet email resend EMAIL"},
    Advised{"MAIL_NOT_CONFIGURED", "this server sends no mail; ask whoever runs it"},
    Advised{"USER_UNKNOWN", "look for the person: signet admin user list"},
    Advised{"OVERLOADED", "the server is busy; try again shortly"},
    Advised{"STORAGE_UNAVAILABLE", "the server's database does not answer; try again shortly"},
    Advised{"SIGNING_UNAVAILABLE", "an administrator has to activate a key: signet keys list"},
    Advised{"DEADLINE_EXCEEDED", "try again, or allow more time with --timeout"},
    Advised{"SHUTTING_DOWN", "try again shortly"},
    Advised{"CONFLICT", "someone else changed the same thing; try again"},
    Advised{"RATE_LIMITED", "too many attempts; wait before trying again"},
    Advised{"CHALLENGE_REQUIRED",
            "log in with a browser this once, or wait until failures are forgotten"},
    Advised{"METHOD_UNKNOWN",
            "the server is older than this program, or the method is switched off"},
    Advised{"INTERNAL", "a fault of the server; its log names this request"},
    Advised{"UNREACHABLE",
            "is signetd running, and are --address and the TLS options (--ca, --plaintext) right?"},
    Advised{"NOT_LOGGED_IN", "log in first: signet login EMAIL"},
    Advised{"FILE_UNSAFE", "give it to yourself alone (chown, chmod go=) or remove it"},
    Advised{"USAGE", "see signet --help, or --help after the command"},
};

}  // namespace

std::string Advice(absl::string_view reason) {
  for (const Advised& row : kAdvice) {
    if (row.reason == reason) return std::string(row.advice);
  }
  return "";
}

ExitCode ExitCodeOf(const absl::Status& status) {
  if (status.ok()) return ExitCode::kOk;
  if (base::ErrorReason(status) == "USAGE") return ExitCode::kUsage;
  const bool retryable = absl::IsUnavailable(status) || absl::IsDeadlineExceeded(status) ||
                         absl::IsResourceExhausted(status);
  return retryable ? ExitCode::kUnavailable : ExitCode::kNegative;
}

absl::Status UsageError(absl::string_view message) {
  return base::MakeError(absl::StatusCode::kInvalidArgument, "USAGE", message);
}

absl::Status NotLoggedIn() {
  return base::MakeError(absl::StatusCode::kUnauthenticated, "NOT_LOGGED_IN",
                         "there is no session with this server");
}

}  // namespace signet::cli
