#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace signet::connect {

// Whether `json` is one object that can be read as `message` in one way only. FIELD_INVALID, naming
// the field (its path, where a field has one, else "request"), for
//   what is not JSON (RFC 8259): the byte where it ceases to be;
//   a field that the message has not: a misspelt restriction that is passed over would grant more
//     than was asked for;
//   a field that comes twice, by either of its two names: two readers would take two values;
//   an object or a list where the message has neither;
//   a number beyond 2^53, which readers round: such a one is written as a string;
//   nesting deeper than 32.
// Values are never repeated, and names only where they look like one. The rest of the types is left
// to protobuf's reader, which is laxer in all of the above.
absl::Status CheckJsonShape(const google::protobuf::Descriptor& message, absl::string_view json);

}  // namespace signet::connect
