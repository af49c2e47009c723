#pragma once

#include <array>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "google/protobuf/arena.h"
#include "grpcpp/impl/codegen/proto_utils.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/slice.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// What bytes that are no message of their method are answered with.
inline absl::Status NoMessage() {
  return base::FieldError("request", "is not a valid message of its type");
}

// One slice in all but rare cases: what arrived in several reads, or compressed, is copied.
inline absl::StatusOr<grpc::Slice> OneSlice(const grpc::ByteBuffer& request) {
  grpc::Slice slice;
  if (!request.TrySingleSlice(&slice).ok() && !request.DumpToSingleSlice(&slice).ok()) {
    return NoMessage();
  }
  return slice;
}

// Takes the bytes out of `buffer`.
template <typename Message>
absl::Status ReadMessage(grpc::ByteBuffer& buffer, Message& message) {
  const bool read = grpc::SerializationTraits<Message>::Deserialize(&buffer, &message).ok();
  return read ? absl::OkStatus() : NoMessage();
}

template <typename Message>
absl::Status WriteMessage(const Message& message, grpc::ByteBuffer& buffer) {
  bool owned = false;
  const bool written = grpc::SerializationTraits<Message>::Serialize(message, &buffer, &owned).ok();
  return written ? absl::OkStatus() : absl::InternalError("the answer cannot be written");
}

// An arena whose first `kFirst` bytes are on the stack. It does not move: protobuf points into it.
template <size_t kFirst>
class StackArena {
 public:
  StackArena() : arena_(Options()) {}
  StackArena(const StackArena&) = delete;
  StackArena& operator=(const StackArena&) = delete;

  template <typename Message>
  Message* Make() {
    return google::protobuf::Arena::CreateMessage<Message>(&arena_);
  }

 private:
  google::protobuf::ArenaOptions Options() {
    google::protobuf::ArenaOptions options;
    options.initial_block = first_.data();
    options.initial_block_size = first_.size();
    return options;
  }

  alignas(16) std::array<char, kFirst> first_;
  google::protobuf::Arena arena_;  // after its block
};

// A handler of bytes from a function of messages:
//   absl::Status Login(const Call& call, v1::LoginRequest& request, v1::LoginResponse& response);
// The request is not const so that the function may take secrets out of it instead of copying.
//
// gRPC could read the message itself, but answers INTERNAL to bytes that are no message (or whose
// strings are not UTF-8), and INTERNAL must never come from input: read here, they are
// FIELD_INVALID. The messages live in an arena whose first block is on the stack.
template <typename Request, typename Response, typename Function>
Handler TypedHandler(Function function) {
  return [function = std::move(function)](const Call& call, grpc::ByteBuffer& request_bytes,
                                          grpc::ByteBuffer& answer) -> absl::Status {
    StackArena<2048> arena;
    auto* request = arena.template Make<Request>();
    SIGNET_RETURN_IF_ERROR(ReadMessage(request_bytes, *request));
    auto* response = arena.template Make<Response>();
    SIGNET_RETURN_IF_ERROR(function(call, *request, *response));
    return WriteMessage(*response, answer);
  };
}

}  // namespace signet::rpc
