#pragma once

#include <string>
#include <utility>

#include "server/mail/mail_transport.h"

namespace signet::mail {

// Keeps mail as files, one `<name>.eml` each, written whole or not at all: for --dev, where a
// person opens them. Made (0700) with its first mail; files are 0600, since they hold tokens.
class FolderTransport final : public MailTransport {
 public:
  explicit FolderTransport(std::string folder) : folder_(std::move(folder)) {}

  Delivery Send(const Letter& letter) override;

 private:
  const std::string folder_;
};

}  // namespace signet::mail
