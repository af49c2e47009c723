#pragma once

#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "google/protobuf/descriptor.h"
#include "server/rpc/method_table.h"

namespace signet::connect {

// One RPC as the door sees it.
struct Method {
  const rpc::MethodRow* row = nullptr;
  const google::protobuf::MethodDescriptor* descriptor = nullptr;

  // Streams stay with the gRPC port.
  bool is_unary() const { return row->stream == rpc::Stream::kNone; }
  // Whether GET may ask for it: where the contract says NO_SIDE_EFFECTS. It says so where besides
  // no field of the request is secret or personal: URLs are logged, kept in histories and sent on.
  bool by_get() const;
};

// What the method table serves of the contract of proto/signet, by path. From the descriptors:
// there is no code per RPC. Methods of others' contracts are left out: their callers speak gRPC.
// Immutable, thread-safe.
class Methods {
 public:
  // `rows` outlive it.
  explicit Methods(absl::Span<const rpc::MethodRow> rows);

  // "/signet.v1.AuthService/Login"; null where there is none.
  const Method* Find(absl::string_view path) const;

  // In the order of the rows.
  const std::vector<Method>& all() const { return all_; }

 private:
  std::vector<Method> all_;
  std::map<absl::string_view, const Method*> by_name_;
};

}  // namespace signet::connect
