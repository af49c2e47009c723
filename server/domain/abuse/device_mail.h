#pragma once

#include <string>
#include <utility>

#include "server/domain/call_info.h"
#include "server/domain/mail/mailed_token.h"
#include "server/domain/ports/mail_sealer.h"

namespace signet::domain {

// Tells a person of a login from a device not seen before. Only for an address that was verified:
// anybody can make an account with somebody else's, and would fill their mailbox by logging in.
inline MailRow NewDeviceMail(const MailSealer& sealer, base::UserId user, std::string address,
                             const std::string& device_name, const CallInfo& call) {
  OutgoingMail mail = Notice(MailKind::kNewDevice, user, std::move(address), call);
  mail.device = device_name.empty() ? call.peer.user_agent : device_name;
  return sealer.Seal(mail, call.now);
}

}  // namespace signet::domain
