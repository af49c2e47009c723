#include "client/cli/advice.h"

#include <array>

#include "client/base/error.h"

namespace signet::cli {
namespace {

struct Row {
  absl::string_view reason;
  absl::string_view advice;
};

constexpr std::array kAdvice = {
    Row{"FIELD_INVALID", "correct the value named above"},
    Row{"CREDENTIALS_INVALID",
        "check the address and the password; `signet register` makes an account"},
    Row{"TOKEN_INVALID", "log in again: signet login EMAIL"},
    Row{"PERMISSION_MISSING", "ask an administrator for the permission named above"},
    Row{"REFRESH_TOKEN_INVALID", "log in again: signet login EMAIL"},
    Row{"SESSION_ENDED", "log in again: signet login EMAIL"},
    Row{"REFRESH_TOKEN_REUSED",
        "the session was ended because its refresh token was used twice: someone else may hold a "
        "copy. Change the password if that was not you, then log in again"},
    Row{"STEP_UP_REQUIRED", "say once more who you are: signet step-up"},
    Row{"MFA_REQUIRED", "give the code of the authenticator app too"},
    Row{"MFA_CODE_INVALID", "wait for the next code of the authenticator app; each counts once"},
    Row{"MFA_CHALLENGE_INVALID", "log in again: signet login EMAIL"},
    Row{"MFA_ALREADY_ENABLED", "remove it first: signet mfa disable"},
    Row{"MFA_NOT_ENROLLED", "set one up first: signet mfa enroll"},
    Row{"MFA_NOT_ENABLED", "set one up: signet mfa enroll"},
    Row{"SESSION_UNKNOWN", "list your sessions: signet sessions list"},
    Row{"ROLE_UNKNOWN", "list the roles: signet role list"},
    Row{"SUBJECT_UNKNOWN", "check the id: of a user or of a service account"},
    Row{"GRANT_UNKNOWN", "list what is held: signet grant list --subject ID"},
    Row{"TOO_MANY_ROLES", "take another role away first, or make one role of several"},
    Row{"ROLE_BUILT_IN", "make a role of your own: signet role create"},
    Row{"ROLE_IN_USE", "take it from everybody first: signet grant list --role NAME"},
    Row{"LAST_ADMINISTRATOR", "make somebody else an administrator without an end first"},
    Row{"SERVICE_ACCOUNT_UNKNOWN", "list them: signet service-account list"},
    Row{"API_KEY_UNKNOWN", "list them: signet api-key list SERVICE_ACCOUNT_ID"},
    Row{"TOO_MANY_API_KEYS", "revoke those that are not used: signet api-key list"},
    Row{"SELF_GRANT", "ask another administrator"},
    Row{"KEY_UNKNOWN", "list the keys: signet keys list"},
    Row{"KEY_NOT_PUBLISHED", "look at its state: signet keys list"},
    Row{"KEY_TOO_FRESH", "wait until verifiers have fetched it, or add --force in an emergency"},
    Row{"VERIFIERS_LAG", "see who holds what: signet keys verifiers; add --force in an emergency"},
    Row{"TOO_MANY_STREAMS", "the server is busy; try again shortly"},
    Row{"STREAM_TOO_SLOW", "come back, with what was applied last"},
    Row{"KEY_STILL_NEEDED",
        "wait until its last token has expired, or add --force in an emergency"},
    Row{"KEY_STATE_INVALID", "look at its state: signet keys list"},
    Row{"EMAIL_TOKEN_INVALID",
        "a link works once and for an hour, and no longer once a newer one was sent: ask for a new "
        "one (signet email resend, signet reset request)"},
    Row{"SESSION_TOKENS_OFF", "log in for tokens: signet login EMAIL"},
    Row{"EMAIL_NOT_VERIFIED",
        "open the link of the welcome mail, or have it sent again: signet email resend EMAIL"},
    Row{"MAIL_NOT_CONFIGURED", "this server sends no mail; ask whoever runs it"},
    Row{"USER_UNKNOWN", "look for the person: signet admin user list"},
    Row{"OVERLOADED", "the server is busy; try again shortly"},
    Row{"STORAGE_UNAVAILABLE", "the server's database does not answer; try again shortly"},
    Row{"SIGNING_UNAVAILABLE", "an administrator has to activate a key: signet keys list"},
    Row{"DEADLINE_EXCEEDED", "try again, or allow more time with --timeout"},
    Row{"SHUTTING_DOWN", "try again shortly"},
    Row{"CONFLICT", "someone else changed the same thing; try again"},
    Row{"RATE_LIMITED", "too many attempts; wait before trying again"},
    Row{"CHALLENGE_REQUIRED",
        "log in with a browser this once, or wait until failures are forgotten"},
    Row{"METHOD_UNKNOWN", "the server is older than this program, or the method is switched off"},
    Row{"INTERNAL", "a fault of the server; its log names this request"},
    Row{"UNREACHABLE",
        "is signetd running, and are --address and the TLS options (--ca, --plaintext) right?"},
    Row{"NOT_LOGGED_IN", "log in first: signet login EMAIL"},
    Row{"FILE_UNSAFE", "give it to yourself alone (chown, chmod go=) or remove it"},
    Row{"USAGE", "see signet --help, or --help after the command"},
};

}  // namespace

std::string Advice(absl::string_view reason) {
  for (const Row& row : kAdvice) {
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
