#pragma once

#include <cstddef>
#include <string>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/connect/methods.h"
#include "server/http/reply.h"
#include "server/http/request.h"
#include "server/rpc/outside_call.h"

namespace signet::connect {

enum class Codec { kJson, kProto };
enum class Packing { kNone, kGzip };

// A unary request of the Connect protocol (https://connectrpc.com/docs/protocol), read.
struct Asked {
  const Method* method = nullptr;
  Codec codec = Codec::kJson;               // of the message, and of the answer
  Packing answer_packing = Packing::kNone;  // what the client takes
  rpc::OutsideRequest request;
};

// Reads it, or says what to answer in its place:
//   404  no such method; with a Connect error, METHOD_UNKNOWN, as for a stream
//   405  neither POST nor, where the method has it, GET; with Allow
//   415  another content type than application/json (UTF-8) and application/proto; with Accept-Post
//   501  another content coding than gzip
//   400  FIELD_INVALID, naming what is wrong: the protocol's version, its timeout, a parameter of a
//        GET, two of a field there must be one of, a message that is larger than `largest_message`
//        before or after it is unpacked, or is none of its method
// Of the request's fields only those are handed on that a call reads: `authorization`,
// `user-agent`, `x-request-id`, `traceparent`. Who calls is request.call.peer, as the port read it.
std::variant<Asked, http::Reply> ReadAsked(const http::Request& request, const Methods& methods,
                                           size_t largest_message);

}  // namespace signet::connect
