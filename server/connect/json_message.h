#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "google/protobuf/descriptor.h"

namespace signet::connect {

// The bytes of a message from its JSON form (proto3's mapping), stricter than protobuf reads it:
// json_shape.h says in what. FIELD_INVALID names the field, and never repeats a value.
absl::StatusOr<std::string> MessageFromJson(const google::protobuf::Descriptor& message,
                                            absl::string_view json);

// The JSON form of the bytes of a message that this process made. False, 0 and empty are written,
// too: whoever asks whether a token is active should not have to know what leaving out means.
absl::StatusOr<std::string> JsonFromMessage(const google::protobuf::Descriptor& message,
                                            const std::string& bytes);

}  // namespace signet::connect
