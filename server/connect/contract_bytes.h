#pragma once

#include <cstddef>

namespace signet::connect {

// A google.protobuf.FileDescriptorSet of proto/, with comments; made by protoc when this room is
// built (embed.cmake).
extern const unsigned char kContractBytes[];
extern const size_t kContractSize;

}  // namespace signet::connect
