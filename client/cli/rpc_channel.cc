#include "client/cli/rpc_channel.h"

#include <fstream>
#include <sstream>

#include <google/protobuf/wrappers.pb.h>
#include <google/rpc/error_details.pb.h>
#include <google/rpc/status.pb.h>
#include <grpcpp/impl/codegen/client_unary_call.h>
#include <grpcpp/impl/codegen/proto_utils.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "client/base/error.h"
#include "client/base/ip_address.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"

namespace signet::cli {
namespace {

constexpr int kHealthServing = 1;  // grpc.health.v1.HealthCheckResponse.ServingStatus.SERVING

absl::StatusOr<std::string> ReadPem(const std::string& path) {
  if (path.empty()) return std::string();
  std::ifstream file(path, std::ios::binary);
  std::stringstream content;
  content << file.rdbuf();
  if (!file || content.str().empty()) return UsageError(absl::StrCat("cannot read ", path));
  return content.str();
}

absl::StatusOr<std::shared_ptr<grpc::ChannelCredentials>> Credentials(
    const ServerOptions& options) {
  const bool tls_wanted = !options.ca_file.empty() || !options.certificate_file.empty();
  if (options.certificate_file.empty() != options.key_file.empty()) {
    return UsageError("--cert and --key belong together");
  }
  if (options.plaintext && tls_wanted) return UsageError("--plaintext excludes --ca and --cert");
  if (options.plaintext || (!tls_wanted && base::IsLocalTarget(options.address))) {
    return grpc::InsecureChannelCredentials();
  }
  grpc::SslCredentialsOptions tls;
  SIGNET_ASSIGN_OR_RETURN(tls.pem_root_certs, ReadPem(options.ca_file));
  SIGNET_ASSIGN_OR_RETURN(tls.pem_cert_chain, ReadPem(options.certificate_file));
  SIGNET_ASSIGN_OR_RETURN(tls.pem_private_key, ReadPem(options.key_file));
  return grpc::SslCredentials(tls);
}

absl::Status WithFields(absl::StatusCode code, const std::string& reason, std::string message,
                        const google::rpc::BadRequest& bad_request) {
  for (const auto& violation : bad_request.field_violations()) {
    const std::string line = absl::StrCat(violation.field(), ": ", violation.description());
    if (!absl::StrContains(message, line)) absl::StrAppend(&message, "; ", line);
  }
  return base::MakeError(code, reason, message);
}

absl::Duration ToDuration(const google::protobuf::Duration& duration) {
  return absl::Seconds(duration.seconds()) + absl::Nanoseconds(duration.nanos());
}

// What stands for errors that no Signet server wrote: the connection's own.
std::string ReasonOfTransport(grpc::StatusCode code) {
  if (code == grpc::StatusCode::UNAVAILABLE) return "UNREACHABLE";
  if (code == grpc::StatusCode::DEADLINE_EXCEEDED) return "DEADLINE_EXCEEDED";
  if (code == grpc::StatusCode::UNIMPLEMENTED) return "METHOD_UNKNOWN";
  return "";
}

}  // namespace

absl::Status StatusOfCall(const grpc::Status& status) {
  const auto code = static_cast<absl::StatusCode>(status.error_code());
  std::string reason = ReasonOfTransport(status.error_code());
  google::rpc::BadRequest bad_request;
  google::rpc::RetryInfo retry;
  google::rpc::Status details;
  details.ParseFromString(status.error_details());
  for (const auto& detail : details.details()) {
    google::rpc::ErrorInfo info;
    if (detail.UnpackTo(&info)) reason = info.reason();
    if (detail.Is<google::rpc::BadRequest>()) detail.UnpackTo(&bad_request);
    if (detail.Is<google::rpc::RetryInfo>()) detail.UnpackTo(&retry);
  }
  absl::Status out = WithFields(code, reason, status.error_message(), bad_request);
  if (!retry.has_retry_delay()) return out;
  return base::WithRetryAfter(std::move(out), ToDuration(retry.retry_delay()));
}

absl::StatusOr<RpcChannel> RpcChannel::Open(const ServerOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto credentials, Credentials(options));
  grpc::ChannelArguments arguments;
  arguments.SetInt(GRPC_ARG_ENABLE_RETRIES, 0);  // a repeated login would count as two
  return RpcChannel(grpc::CreateCustomChannel(options.address, credentials, arguments),
                    options.timeout);
}

void RpcChannel::Prepare(grpc::ClientContext& context, absl::string_view access_token) const {
  context.set_deadline(absl::ToChronoTime(absl::Now() + timeout_));
  if (access_token.empty()) return;
  context.AddMetadata("authorization", absl::StrCat("Bearer ", access_token));
}

absl::StatusOr<bool> RpcChannel::IsServing(const std::string& service) const {
  // HealthCheckRequest is one string, HealthCheckResponse one enum, both of field 1: on the wire
  // they are these well-known types, and the packages ship no generated stub.
  google::protobuf::StringValue request;
  request.set_value(service);
  google::protobuf::Int32Value response;
  grpc::ClientContext context;
  Prepare(context, "");
  const grpc::internal::RpcMethod method("/grpc.health.v1.Health/Check",
                                         grpc::internal::RpcMethod::NORMAL_RPC);
  using google::protobuf::Int32Value;
  using google::protobuf::MessageLite;
  using google::protobuf::StringValue;
  const grpc::Status status =
      grpc::internal::BlockingUnaryCall<StringValue, Int32Value, MessageLite, MessageLite>(
          channel_.get(), method, &context, request, &response);
  if (!status.ok()) return StatusOfCall(status);
  return response.value() == kHealthServing;
}

}  // namespace signet::cli
