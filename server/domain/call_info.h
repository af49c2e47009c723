#pragma once

#include <string>

#include "absl/time/time.h"
#include "server/domain/sessions/session.h"

namespace signet::domain {

// What every use case knows of the call it serves. Read once at the door; `now` never moves
// within a call.
struct CallInfo {
  absl::Time now;
  absl::Time deadline;  // the caller's, or the configured one where the caller set none
  Peer peer;
  // What joins the log, the audit log and the answer. Empty in an inline handler, which stores
  // nothing.
  std::string request_id = {};
  std::string trace_id = {};  // 32 hexadecimal digits (W3C), or empty
};

}  // namespace signet::domain
