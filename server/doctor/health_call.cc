#include "server/doctor/health_call.h"

#include <fstream>
#include <memory>
#include <sstream>

#include <google/protobuf/wrappers.pb.h>
#include <grpcpp/grpcpp.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>
#include <grpcpp/impl/codegen/rpc_method.h>

#include "absl/time/clock.h"

namespace signet::doctor {
namespace {

using google::protobuf::Int32Value;
using google::protobuf::MessageLite;
using google::protobuf::StringValue;

constexpr int kServing = 1;  // grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING

std::shared_ptr<grpc::ChannelCredentials> CredentialsOf(ChannelSecurity security,
                                                        const std::string& ca_file) {
  if (security == ChannelSecurity::kPlaintext) return grpc::InsecureChannelCredentials();
  grpc::SslCredentialsOptions options;
  if (!ca_file.empty()) {
    std::stringstream text;
    text << std::ifstream(ca_file, std::ios::binary).rdbuf();
    options.pem_root_certs = text.str();
  }
  return grpc::SslCredentials(options);
}

}  // namespace

absl::Status CallHealth(const std::string& address, ChannelSecurity security,
                        const std::string& ca_file, absl::Duration timeout) {
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);  // a connection of its own, made now
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);          // the path that was named, and no other
  const auto channel =
      grpc::CreateCustomChannel(address, CredentialsOf(security, ca_file), arguments);
  grpc::ClientContext context;
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout));
  // HealthCheckRequest is one string, HealthCheckResponse one enum, both of field 1: on the wire
  // they are these well-known types, and the packages ship no generated stub.
  const StringValue request;
  Int32Value response;
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                         grpc::internal::RpcMethod::NORMAL_RPC);
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<StringValue, Int32Value, MessageLite, MessageLite>(
          channel.get(), method, &context, request, &response);
  if (!status.ok()) {
    return absl::Status(static_cast<absl::StatusCode>(status.error_code()), status.error_message());
  }
  if (response.value() == kServing) return absl::OkStatus();
  return absl::FailedPreconditionError("its health service says that it does not serve");
}

}  // namespace signet::doctor
