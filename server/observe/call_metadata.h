#pragma once

#include <string>

#include "absl/strings/string_view.h"

namespace signet::observe {

// What a call says of itself besides its content, on whichever port it came.

// The answer's x-request-id: the caller's own where that is 1 to 128 visible ASCII characters, so
// that it cannot break a log line or a header; a new one otherwise. Unique, not secret.
std::string RequestId(absl::string_view sent);

// The 32 hexadecimal digits of the trace id in a W3C `traceparent` of version 00; empty for any
// other form and for the invalid all-zero id.
absl::string_view TraceId(absl::string_view traceparent);

// The first 256 bytes of `sent`; empty where it is not visible ASCII and blanks, because it is
// stored and shown.
std::string UserAgent(absl::string_view sent);

}  // namespace signet::observe
