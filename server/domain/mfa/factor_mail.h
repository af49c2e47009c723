#pragma once

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/mail_sealer.h"

namespace signet::domain {

// The mail that tells a person of a change to their second factor: whoever did not do that learns
// of it. `change` is a constant of ours that completes "…".
inline MailRow MfaChangedMail(const MailSealer& sealer, base::UserId user, std::string address,
                              absl::string_view change, const CallInfo& call) {
  OutgoingMail mail;
  mail.kind = MailKind::kMfaChanged;
  mail.user_id = user;
  mail.address = std::move(address);
  mail.at = call.now;
  mail.network_address = call.peer.address;
  mail.change = std::string(change);
  return sealer.Seal(mail, call.now);
}

}  // namespace signet::domain
