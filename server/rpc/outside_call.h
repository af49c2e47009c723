#pragma once

#include <string>
#include <utility>
#include <vector>

#include "absl/functional/any_invocable.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "grpcpp/support/byte_buffer.h"
#include "grpcpp/support/status.h"
#include "server/rpc/call_runner.h"

namespace signet::rpc {

using Fields = std::vector<std::pair<std::string, std::string>>;  // names in lower case

// A unary call that another port received by another protocol. What that port vouches for (who
// calls, until when) stands beside what the caller sent, so that nothing that a caller sends can be
// taken for it.
struct OutsideRequest {
  std::string method;   // "signet.v1.AuthService/Login"
  std::string message;  // the bytes of its request message
  std::string caller;   // the IP address for which it counts; never empty
  absl::Time deadline = absl::InfiniteFuture();
  Fields fields;  // that came with it, such as `authorization`
};

struct OutsideAnswer {
  // With the same details as over gRPC (status_mapping.h).
  grpc::Status status;
  std::string message;  // the bytes of the answer message; of OK alone
  Fields fields;
  // It went through the runner, which has logged it as its options say and has given it its
  // x-request-id. Not where there was no runner, or no call that it could have taken.
  bool ran = false;
};

// Is given the answer once: before Server::Call() returns, or later by a thread of a lane.
using OutsideDone = absl::AnyInvocable<void(OutsideAnswer)>;

// Such a call on its way through the runner. Owns itself.
class OutsideCall final : public PendingCall {
 public:
  OutsideCall(Endpoint& endpoint, OutsideRequest request, OutsideDone done);
  ~OutsideCall() override { base::Wipe(request_.message); }
  OutsideCall(const OutsideCall&) = delete;
  OutsideCall& operator=(const OutsideCall&) = delete;

  Endpoint& endpoint() const override { return endpoint_; }
  grpc::ByteBuffer& request() override { return message_; }
  absl::string_view Field(const char* name) const override;
  CallMarks Marks() const override;
  // The port has judged already whose word it takes.
  std::string CallerBy(const domain::TrustedProxies&) const override { return request_.caller; }
  absl::Time deadline() const override { return request_.deadline; }
  void AddAnswerField(const char* name, const std::string& value) override;
  // Whoever hangs up is noticed when the answer is written.
  bool cancelled() const override { return false; }
  void Finish(const grpc::ByteBuffer& answer, const grpc::Status& status) override;

 private:
  Endpoint& endpoint_;
  OutsideRequest request_;
  OutsideDone done_;
  grpc::ByteBuffer message_;
  Fields answer_fields_;
};

}  // namespace signet::rpc
