#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace signet::mail {

// How handing over one mail ended.
struct Delivery {
  enum class Outcome {
    kTaken,    // the server answered for it
    kLater,    // it was not, or nobody knows: try again
    kRefused,  // for good: trying again is answered the same way
  };
  Outcome outcome = Outcome::kLater;
  std::string failure;  // a constant of ours with an SMTP code; never what a server or a mail said
};

struct Letter {
  std::string name;     // unique, safe as a file name: time, kind and id
  std::string from;     // envelope; MailboxOf()
  std::string to;       // envelope; MailboxOf()
  std::string message;  // ComposeMessage()
};

// A way out. Used by one thread; each worker has its own.
class MailTransport {
 public:
  virtual ~MailTransport() = default;
  // Blocks, for a bounded time.
  virtual Delivery Send(const Letter& letter) = 0;
};

}  // namespace signet::mail
