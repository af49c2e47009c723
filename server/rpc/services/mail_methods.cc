#include "server/rpc/services/mail_methods.h"

#include <string>

#include "client/base/status_macros.h"
#include "server/domain/accounts/email.h"
#include "server/rpc/convert/mail_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status VerifyEmail(const MailUses& uses, const Call& call, v1::VerifyEmailRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto token, TakeEmailToken(*request.mutable_token()));
  return uses.verify_email.Run(token.reveal(), call.info);
}

// One bucket for the name that was typed, whether or not anybody has it.
absl::Status LimitName(const MailUses& uses, const std::string& typed, const Call& call) {
  SIGNET_ASSIGN_OR_RETURN(const auto email, domain::ParseEmail("email", typed));
  return uses.rates.Take(domain::LimitedAction::kReset, domain::LimitScope::kAccount,
                         email.canonical, call.info.now);
}

absl::Status ResendVerification(const MailUses& uses, const Call& call,
                                const v1::ResendVerificationRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckEmailField("email", request.email()));
  SIGNET_RETURN_IF_ERROR(LimitName(uses, request.email(), call));
  return uses.resend_verification.Run(request.email(), call.info);
}

absl::Status RequestPasswordReset(const MailUses& uses, const Call& call,
                                  const v1::RequestPasswordResetRequest& request) {
  SIGNET_RETURN_IF_ERROR(CheckEmailField("email", request.email()));
  SIGNET_RETURN_IF_ERROR(LimitName(uses, request.email(), call));
  return uses.request_password_reset.Run(request.email(), call.info);
}

absl::Status ConfirmPasswordReset(const MailUses& uses, const Call& call,
                                  v1::ConfirmPasswordResetRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToConfirmPasswordResetCommand(request));
  return uses.confirm_password_reset.Run(command, call.info);
}

absl::Status RequestEmailChange(const MailUses& uses, const Call& call,
                                v1::RequestEmailChangeRequest& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto command, ToRequestEmailChangeCommand(request));
  return uses.request_email_change.Run(*call.caller, command, call.info);
}

absl::Status ConfirmEmailChange(const MailUses& uses, const Call& call,
                                v1::ConfirmEmailChangeRequest& request,
                                v1::ConfirmEmailChangeResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto token, TakeEmailToken(*request.mutable_token()));
  SIGNET_ASSIGN_OR_RETURN(const bool changed,
                          uses.confirm_email_change.Run(token.reveal(), call.info));
  response.set_changed(changed);
  return absl::OkStatus();
}

}  // namespace

void RegisterMailMethods(const MailUses& uses, MethodRegistry& registry) {
  registry.Add("signet.v1.AuthService/VerifyEmail",
               TypedHandler<v1::VerifyEmailRequest, v1::VerifyEmailResponse>(
                   [uses](const Call& call, v1::VerifyEmailRequest& request,
                          v1::VerifyEmailResponse&) { return VerifyEmail(uses, call, request); }));
  registry.Add("signet.v1.AuthService/ResendVerification",
               TypedHandler<v1::ResendVerificationRequest, v1::ResendVerificationResponse>(
                   [uses](const Call& call, v1::ResendVerificationRequest& request,
                          v1::ResendVerificationResponse&) {
                     return ResendVerification(uses, call, request);
                   }));
  registry.Add("signet.v1.AuthService/RequestPasswordReset",
               TypedHandler<v1::RequestPasswordResetRequest, v1::RequestPasswordResetResponse>(
                   [uses](const Call& call, v1::RequestPasswordResetRequest& request,
                          v1::RequestPasswordResetResponse&) {
                     return RequestPasswordReset(uses, call, request);
                   }));
  registry.Add("signet.v1.AuthService/ConfirmPasswordReset",
               TypedHandler<v1::ConfirmPasswordResetRequest, v1::ConfirmPasswordResetResponse>(
                   [uses](const Call& call, v1::ConfirmPasswordResetRequest& request,
                          v1::ConfirmPasswordResetResponse&) {
                     return ConfirmPasswordReset(uses, call, request);
                   }));
  registry.Add("signet.v1.AuthService/RequestEmailChange",
               TypedHandler<v1::RequestEmailChangeRequest, v1::RequestEmailChangeResponse>(
                   [uses](const Call& call, v1::RequestEmailChangeRequest& request,
                          v1::RequestEmailChangeResponse&) {
                     return RequestEmailChange(uses, call, request);
                   }));
  registry.Add("signet.v1.AuthService/ConfirmEmailChange",
               TypedHandler<v1::ConfirmEmailChangeRequest, v1::ConfirmEmailChangeResponse>(
                   [uses](const Call& call, v1::ConfirmEmailChangeRequest& request,
                          v1::ConfirmEmailChangeResponse& response) {
                     return ConfirmEmailChange(uses, call, request, response);
                   }));
}

}  // namespace signet::rpc
