#include "server/config/mail_keys.h"

#include <string>

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

}  // namespace

std::vector<Key> MakeMailKeys() {
  return {
      {"accounts.require_verified_email", "false",
       Flag{[](S& s) -> bool& { return s.accounts.require_verified_email; }},
       "Whether a login needs an address that was verified with the link of a mail. Needs mail."},
      {"mail.smtp_url", "", Text{[](S& s) -> string& { return s.mail.smtp_url; }},
       "The mail server: smtp://host:587, or smtps://host:465 for TLS from the first byte. Without "
       "it (and without a folder) no mail is written, and what needs one is refused.",
       "smtp://mail.internal:587"},
      {"mail.tls", "required",
       Text{[](S& s) -> string& { return s.mail.tls; }, {"required", "none"}},
       "`required` sends nothing before STARTTLS; `none` is for a server on this machine."},
      {"mail.tls_ca", "", Path{[](S& s) -> string& { return s.mail.tls_ca; }},
       "Authorities (PEM) of the mail server's certificate; those of the system without it.",
       "/etc/signet/tls/mail.crt"},
      {"mail.username", "", Text{[](S& s) -> string& { return s.mail.username; }},
       "Name to log in to the mail server with, where it asks for one.", "signet"},
      {"mail.password", "", SecretText{[](S& s) -> base::Secret& { return s.mail.password; }},
       "Password of that name.", "/etc/signet/mail-password"},
      {"mail.from", "", Text{[](S& s) -> string& { return s.mail.from; }},
       "Address that mail comes from. Required with a mail server.", "no-reply@id.example.com"},
      {"mail.service_name", "Signet", Text{[](S& s) -> string& { return s.mail.service_name; }},
       "What mails call this service, and the name that they come from."},
      {"mail.link_base", "", Text{[](S& s) -> string& { return s.mail.link_base; }},
       "Where links lead: an https URL of the front end, which has /verify-email, /reset-password "
       "and /change-email below it and finds the token after the '#'. Never taken from a request. "
       "Required with mail.",
       "https://id.example.com/account"},
      {"mail.templates", "", Text{[](S& s) -> string& { return s.mail.templates; }},
       "Folder of files that replace built-in texts of the same name (server/mail/templates).",
       "/etc/signet/mail"},
      {"mail.folder", "", Text{[](S& s) -> string& { return s.mail.folder; }},
       "Keeps mail as files in this folder instead of sending it, while smtp_url is empty. For "
       "development: the files hold links that let their reader in.",
       "/var/lib/signet-dev/mail"},
      {"mail.timeout", "30s",
       Duration{[](S& s) -> Dur& { return s.mail.timeout; }, absl::Milliseconds(100),
                absl::Minutes(5)},
       "Longest attempt to hand over one mail."},
      {"mail.retry", "1m",
       Duration{[](S& s) -> Dur& { return s.mail.retry; }, absl::Milliseconds(10), absl::Hours(1)},
       "Pause after a first failed attempt; it doubles with each further one, up to 4 hours."},
      {"mail.give_up_after", "2d",
       Duration{[](S& s) -> Dur& { return s.mail.give_up_after; }, absl::Minutes(1),
                absl::Hours(24 * 14)},
       "Age at which a mail that could not be sent is given up; its row stays for 30 days."},
      {"mail.poll", "1s",
       Duration{[](S& s) -> Dur& { return s.mail.poll; }, absl::Milliseconds(10), absl::Minutes(1)},
       "How often an empty outbox is looked into."},
      {"mail.workers", "2", Count{[](S& s) -> int64_t& { return s.mail.workers; }, 1, 32},
       "Mails that this process hands over at once."},
      {"mail.token_ttl", "1h",
       Duration{[](S& s) -> Dur& { return s.mail.token_ttl; }, absl::Minutes(5), absl::Hours(24)},
       "How long a link in a mail works."},
      {"mail.interval", "1m",
       Duration{[](S& s) -> Dur& { return s.mail.interval; }, absl::ZeroDuration(),
                absl::Hours(24)},
       "Least time between two mails with a link of one kind to one person; requests in between "
       "are "
       "answered as ever and send nothing."},
  };
}

}  // namespace signet::config
