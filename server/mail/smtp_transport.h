#pragma once

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/mail/mail_transport.h"

namespace signet::mail {

// Hands mail to one SMTP server (RFC 5321) by libcurl, and keeps the connection for the next one.
//
// Which answers are final: a 5xx to the recipient (RCPT) or to the message (DATA), RFC 5321 section
// 4.2.1. Everything else is tried again: a 4xx, a connection that was not made or broke, and any
// answer to greeting, STARTTLS, AUTH or MAIL FROM, 5xx too, since what is wrong there is wrong with
// our configuration and not with this mail.
class SmtpTransport final : public MailTransport {
 public:
  enum class Tls {
    kRequired,  // STARTTLS before anything is said (RFC 3207), or TLS from the start for smtps://
    kNone,      // in the clear; for a server on this machine
  };
  struct Options {
    std::string url;  // smtp://host:port or smtps://host:port
    Tls tls = Tls::kRequired;
    std::string ca_file;   // PEM; empty: the system's authorities
    std::string username;  // empty: no authentication
    base::Secret password;
    absl::Duration timeout = absl::Seconds(30);  // of one mail, from connecting to the last answer
  };

  // INVALID_ARGUMENT for a URL that is neither smtp:// nor smtps://. `options` outlives it.
  static absl::StatusOr<std::unique_ptr<SmtpTransport>> Create(const Options& options);
  ~SmtpTransport() override;
  SmtpTransport(const SmtpTransport&) = delete;
  SmtpTransport& operator=(const SmtpTransport&) = delete;

  Delivery Send(const Letter& letter) override;

 private:
  struct Handle;
  SmtpTransport(const Options& options, std::unique_ptr<Handle> handle);

  const Options& options_;
  const std::unique_ptr<Handle> handle_;
};

}  // namespace signet::mail
