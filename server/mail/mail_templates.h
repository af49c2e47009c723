#pragma once

#include <map>
#include <string>

#include "absl/status/statusor.h"
#include "server/domain/mail/mail_kind.h"
#include "server/domain/mail/outgoing_mail.h"
#include "server/mail/template.h"

namespace signet::mail {

// What a person reads.
struct RenderedMail {
  std::string subject;  // one line of UTF-8
  std::string text;     // UTF-8, lines ended by \n
  std::string html;     // a whole document
};

// The texts of every kind of mail: built in, each replaceable by a file of the same name.
// Immutable, thread-safe.
//
//   <kind>.txt   first line "Subject: …" (which may use {{service}} alone), an empty line, the text
//   <kind>.html  what stands in the body; values are escaped
//   layout.html  the document around it: {{subject}}, {{content}}, {{service}}
class MailTemplates {
 public:
  struct Options {
    std::string folder;        // of replacements; empty: the built-in ones
    std::string service_name;  // {{service}}
    // Where links lead: "https://id.example.com/account", no slash at its end. A link is this, the
    // path of the kind, '#', and the token: what follows '#' is sent to no server and stands in no
    // log and no Referer.
    std::string link_base;
  };

  // INVALID_ARGUMENT naming file and line: a template that cannot be read as one, a value that its
  // kind does not have, a kind with a link whose texts do not show it, a file in the folder that is
  // not the name of a template (it was meant to be one). NOT_FOUND: no such folder.
  static absl::StatusOr<MailTemplates> Load(Options options);

  // `mail.kind` is one that is sent (FindMailKind).
  RenderedMail Render(const domain::OutgoingMail& mail) const;

 private:
  struct Texts {
    Template subject;
    Template text;
    Template html;
  };
  MailTemplates(Options options, std::map<domain::MailKind, Texts> texts, Template layout_before,
                Template layout_after);

  const Options options_;
  const std::map<domain::MailKind, Texts> texts_;
  const Template layout_before_;
  const Template layout_after_;
};

}  // namespace signet::mail
