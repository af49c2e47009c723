#pragma once

#include <optional>
#include <string>

#include "absl/strings/string_view.h"

namespace signet::observe {

// What a call says of itself besides its content, on whichever port it came.

// The answer's x-request-id: the caller's own where that is 1 to 128 visible ASCII characters, so
// that it cannot break a log line or a header; a new one otherwise. Unique, not secret.
std::string RequestId(absl::string_view sent);

// A W3C `traceparent` of version 00 (Trace Context, section 3.2): views into it.
struct TraceParent {
  absl::string_view trace_id;  // 32 hexadecimal digits in lower case, not all zero
  absl::string_view span_id;   // 16 of them: the caller's span
  bool sampled = false;        // the caller may have recorded it
};

// Nothing for any other form, and where an id is the invalid all-zero one.
std::optional<TraceParent> ParseTraceParent(absl::string_view traceparent);

// The trace id of such a `traceparent`; empty where it is none.
absl::string_view TraceId(absl::string_view traceparent);

// The first 256 bytes of `sent`; empty where it is not visible ASCII and blanks, because it is
// stored and shown.
std::string UserAgent(absl::string_view sent);

}  // namespace signet::observe
