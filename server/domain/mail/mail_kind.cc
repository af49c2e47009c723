#include "server/domain/mail/mail_kind.h"

namespace signet::domain {
namespace {

constexpr MailKindRow kKinds[] = {
    {MailKind::kWelcome, "welcome", "/verify-email", ""},
    {MailKind::kVerifyEmail, "verify-email", "/verify-email", ""},
    {MailKind::kPasswordReset, "password-reset", "/reset-password", "network_address"},
    {MailKind::kEmailChangeNew, "email-change-new", "/change-email", "new_email"},
    {MailKind::kEmailChangeOld, "email-change-old", "/change-email", "new_email network_address"},
    {MailKind::kEmailChanged, "email-changed", "", "new_email"},
    {MailKind::kPasswordChanged, "password-changed", "", "network_address"},
    {MailKind::kNewDevice, "new-device", "", "device network_address"},
    {MailKind::kAccountLocked, "account-locked", "", "until network_address"},
    {MailKind::kMfaChanged, "mfa-changed", "", "change network_address"},
    {MailKind::kRegisterAttempt, "register-attempt", "", ""},
};

}  // namespace

absl::Span<const MailKindRow> MailKinds() { return kKinds; }

const MailKindRow* FindMailKind(MailKind kind) {
  for (const MailKindRow& row : kKinds) {
    if (row.kind == kind) return &row;
  }
  return nullptr;
}

}  // namespace signet::domain
