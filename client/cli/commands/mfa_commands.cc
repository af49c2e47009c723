#include <memory>
#include <string>
#include <utility>

#include <signet/v1/auth_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/live_session.h"
#include "client/cli/private_file.h"
#include "client/cli/qr_code.h"
#include "client/cli/second_factor_input.h"
#include "client/cli/secret_input.h"

namespace signet::cli {
namespace {

using signet::v1::AuthService;

struct StepUpOptions {
  int password_fd = -1;
  int code_fd = -1;
};

absl::StatusOr<ExitCode> StepUp(Context& context, const StepUpOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto password, ReadPassword(options.password_fd, "Password: "));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(SavedSession session, CurrentSession(context, rpc));
  signet::v1::StepUpRequest request;
  request.set_password(std::string(password.reveal()));
  auto answer = rpc.Call(&AuthService::Stub::StepUp, request, session.access_token.reveal());
  if (base::ErrorReason(answer.status()) == "MFA_REQUIRED") {
    SIGNET_ASSIGN_OR_RETURN(const std::string code,
                            ReadCode(options.code_fd, "Code of the authenticator app: "));
    SetSecondFactor(code, request);
    answer = rpc.Call(&AuthService::Stub::StepUp, request, session.access_token.reveal());
  }
  SIGNET_ASSIGN_OR_RETURN(const auto response, std::move(answer));
  const absl::Time now = context.clock.Now();
  SIGNET_RETURN_IF_ERROR(KeepAccessToken(context, session.session_id, response.access_token(),
                                         now + absl::Seconds(response.expires_in().seconds())));
  SIGNET_RETURN_IF_ERROR(context.output.Show(absl::StrCat(
      "{\"acr\":\"", response.acr(), "\",\"authenticated_at\":\"",
      absl::FormatTime(absl::FromUnixSeconds(absl::ToUnixSeconds(now)), absl::UTCTimeZone()),
      "\"}")));
  return ExitCode::kOk;
}

struct EnrollOptions {
  std::string qr = "terminal";
  std::string out;
};

// The picture goes to the error stream or to a file that nobody else may read: results stay
// parseable, and the picture is the secret.
absl::Status ShowQr(const Context& context, const EnrollOptions& options, absl::string_view uri) {
  if (options.qr == "none") return absl::OkStatus();
  if (options.qr == "terminal") {
    SIGNET_ASSIGN_OR_RETURN(const std::string picture, QrTerminal(uri));
    context.console.err << picture;
    return absl::OkStatus();
  }
  SIGNET_ASSIGN_OR_RETURN(const std::string picture, options.qr == "svg" ? QrSvg(uri) : QrPng(uri));
  return ReplacePrivateFile(options.out, picture);
}

absl::StatusOr<ExitCode> Enroll(Context& context, const EnrollOptions& options) {
  const bool to_file = options.qr == "svg" || options.qr == "png";
  if (to_file != !options.out.empty()) {
    return UsageError("--qr svg and --qr png need --out FILE, and nothing else does");
  }
  SIGNET_ASSIGN_OR_RETURN(const auto enrolled,
                          CallAsSession(context, &AuthService::Stub::EnrollTotp, {}));
  SIGNET_RETURN_IF_ERROR(ShowQr(context, options, enrolled.provisioning_uri()));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(enrolled)));
  context.output.Warn("nothing is asked for yet; go on with: signet mfa confirm");
  return ExitCode::kOk;
}

struct CodeOptions {
  int code_fd = -1;
};

absl::StatusOr<ExitCode> Confirm(Context& context, const CodeOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const std::string code,
                          ReadCode(options.code_fd, "Code of the authenticator app: "));
  signet::v1::ConfirmTotpRequest request;
  request.set_code(code);
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AuthService::Stub::ConfirmTotp, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  context.output.Warn(
      "keep the recovery codes where the authenticator is not; other sessions ended");
  return ExitCode::kOk;
}

struct Consent {
  bool yes = false;
};

absl::StatusOr<ExitCode> DisableFactor(Context& context, const Consent& consent) {
  if (!consent.yes) {
    return UsageError("this removes the second factor and its recovery codes; add --yes");
  }
  SIGNET_RETURN_IF_ERROR(CallAsSession(context, &AuthService::Stub::DisableTotp, {}).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"disabled\":true}"));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Regenerate(Context& context, const Consent& consent) {
  if (!consent.yes) return UsageError("this makes the present recovery codes worthless; add --yes");
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AuthService::Stub::RegenerateRecoveryCodes, {}));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> MfaStatus(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AuthService::Stub::GetMfaStatus, {}));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  return ExitCode::kOk;
}

void AddMfaGroup(CommandTable& table) {
  auto& group = table.Group("mfa", "The second factor of this account");
  table.Add(group, "status", "What second factor there is",
            "  signet mfa status\n  signet --field recovery_codes_left mfa status", MfaStatus);

  auto enroll = std::make_shared<EnrollOptions>();
  auto& enrolling =
      table.Add(group, "enroll", "Make the secret of an authenticator app",
                "  signet mfa enroll\n  signet mfa enroll --qr png --out authenticator.png",
                [enroll](Context& context) { return Enroll(context, *enroll); });
  enrolling.add_option("--qr", enroll->qr, "terminal, svg, png or none")
      ->check(CLI::IsMember({"terminal", "svg", "png", "none"}))
      ->capture_default_str();
  enrolling.add_option("--out", enroll->out, "Where the picture goes (mode 0600)")
      ->type_name("FILE");

  auto confirm = std::make_shared<CodeOptions>();
  table
      .Add(group, "confirm", "Put the authenticator in force; shows the recovery codes",
           "  signet mfa confirm\n  signet mfa confirm --code-fd 3 3<<<123456",
           [confirm](Context& context) { return Confirm(context, *confirm); })
      .add_option("--code-fd", confirm->code_fd, "Read the code from this descriptor")
      ->type_name("N");

  auto disable = std::make_shared<Consent>();
  table
      .Add(group, "disable", "Remove the authenticator and the recovery codes",
           "  signet mfa disable --yes",
           [disable](Context& context) { return DisableFactor(context, *disable); })
      .add_flag("--yes", disable->yes, "Do it");

  auto regenerate = std::make_shared<Consent>();
  table
      .Add(group, "recovery-codes", "Replace the recovery codes, and show the new ones",
           "  signet mfa recovery-codes --yes",
           [regenerate](Context& context) { return Regenerate(context, *regenerate); })
      .add_flag("--yes", regenerate->yes, "Do it");
}

}  // namespace

void AddMfaCommands(CommandTable& table) {
  auto options = std::make_shared<StepUpOptions>();
  auto& app = table.Add("step-up", "Say once more who you are, for what is hard to undo",
                        "  signet step-up\n  signet step-up --password-fd 3 3<password.txt",
                        [options](Context& context) { return StepUp(context, *options); });
  app.add_option("--password-fd", options->password_fd, "Read the password from this descriptor")
      ->type_name("N");
  app.add_option("--code-fd", options->code_fd,
                 "Read the second factor from this descriptor, where the account has one")
      ->type_name("N");
  AddMfaGroup(table);
}

}  // namespace signet::cli
