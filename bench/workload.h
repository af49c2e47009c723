#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"

namespace signet::bench {

// What a call of one case sends, and what its answer has to be. Requests are bytes made in advance
// wherever they can be: the client shares the machine with the server, and every microsecond that
// it spends on writing requests is one that the server is not asked for anything.
//
// A lane is a place for one call in flight; calls of one lane never overlap, so that a lane can
// stand for one session. Used by one thread.
class Workload {
 public:
  virtual ~Workload() = default;

  // "/signet.v1.TokenService/Validate".
  virtual const std::string& method() const = 0;

  // The access token that every call carries; empty: none.
  virtual std::string bearer() const { return {}; }

  // The most lanes that it has work for.
  virtual size_t lanes() const { return SIZE_MAX; }

  // What the next call of `lane` sends.
  virtual grpc::ByteBuffer Request(size_t lane) = 0;

  // Judges the answer to the last request of `lane`. An error, in words: the answer is wrong, and
  // the run with it.
  virtual absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) = 0;

  // How many units of the rate one call is.
  virtual uint64_t units_per_call() const { return 1; }
};

// Bytes <-> what gRPC sends.
grpc::ByteBuffer ToBuffer(absl::string_view bytes);
std::string ToBytes(const grpc::ByteBuffer& buffer);

}  // namespace signet::bench
