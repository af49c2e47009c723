#pragma once

#include <optional>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "grpcpp/support/byte_buffer.h"

namespace signet::rpc {

// One thing to write.
struct StreamMessage {
  grpc::ByteBuffer bytes;
  // Long and alike, written once per stream: worth the time of gzip, where the caller takes that.
  // Only of streams whose handler compresses().
  bool compressed = false;
  // Another message is ready behind this one: they may go out together.
  bool more_follows = false;
};

// One stream, as its method sees it: made when the stream has arrived, destroyed when it is over.
// It is asked what to write when there is room for it, and keeps no queue: what a slow caller does
// not take is never made.
//
// Its functions are called by one thread at a time, gRPC's or the one that wakes streams: they
// neither wait nor take long.
class StreamHandler {
 public:
  virtual ~StreamHandler() = default;

  // A message arrived. An error ends the stream with it.
  virtual absl::Status Read(grpc::ByteBuffer& message, absl::Time now) = 0;

  // Whether another message may be read. Asked again after whatever was written.
  virtual bool MayRead() const = 0;

  // What to write now; nothing: there is nothing new. Asked again after each message that was read
  // or written, and each time that streams are woken.
  virtual std::optional<StreamMessage> Next(absl::Time now) = 0;

  // What Next() gave last is on its way to the caller.
  virtual void Written(absl::Time /*now*/) {}

  // Whether the stream is over (OK) once the caller has said that he sends nothing more and Next()
  // has nothing to write.
  virtual bool EndsWithCaller() const = 0;

  // Whether some messages are compressed.
  virtual bool compresses() const { return false; }

  // The stream is over. `kLeft`: the caller ended it, having said that he sends nothing more.
  enum class Ending { kLeft, kOther };
  virtual void Ended(Ending /*how*/) {}
};

}  // namespace signet::rpc
