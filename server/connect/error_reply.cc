#include "server/connect/error_reply.h"

#include <array>
#include <string>

#include <nlohmann/json.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/connect/contract.h"
#include "server/connect/json_message.h"

namespace signet::connect {
namespace {

using Json = nlohmann::ordered_json;

struct Code {
  const char* name;
  int http_status;
};

// In the order of gRPC's codes.
constexpr std::array<Code, 17> kCodes = {{{"ok", 200},
                                          {"canceled", 499},
                                          {"unknown", 500},
                                          {"invalid_argument", 400},
                                          {"deadline_exceeded", 504},
                                          {"not_found", 404},
                                          {"already_exists", 409},
                                          {"permission_denied", 403},
                                          {"resource_exhausted", 429},
                                          {"failed_precondition", 400},
                                          {"aborted", 409},
                                          {"out_of_range", 400},
                                          {"unimplemented", 501},
                                          {"internal", 500},
                                          {"unavailable", 503},
                                          {"data_loss", 500},
                                          {"unauthenticated", 401}}};

const Code& CodeOf(const grpc::Status& status) {
  const auto index = static_cast<size_t>(status.error_code());
  return index < kCodes.size() ? kCodes[index] : kCodes[grpc::StatusCode::UNKNOWN];
}

Json DetailOf(const google::protobuf::Any& packed) {
  const std::string type = packed.type_url().substr(packed.type_url().rfind('/') + 1);
  const std::string value = absl::Base64Escape(packed.value());
  Json detail = {{"type", type}, {"value", value.substr(0, value.find('='))}};
  const auto* descriptor = Contract().FindMessageTypeByName(type);
  if (descriptor == nullptr) return detail;
  const auto readable = JsonFromMessage(*descriptor, packed.value());
  if (readable.ok()) detail["debug"] = Json::parse(*readable, nullptr, false);
  return detail;
}

// Whole seconds, and no less than was said.
void AddRetryAfter(const google::protobuf::Any& packed, http::Reply& reply) {
  google::rpc::RetryInfo retry;
  if (!packed.UnpackTo(&retry)) return;
  const int64_t seconds = retry.retry_delay().seconds() + (retry.retry_delay().nanos() > 0 ? 1 : 0);
  reply.fields.push_back({"Retry-After", absl::StrCat(seconds)});
}

bool IsUnknownMethod(const google::protobuf::Any& packed) {
  google::rpc::ErrorInfo info;
  return packed.UnpackTo(&info) && info.reason() == "METHOD_UNKNOWN";
}

}  // namespace

http::Reply ErrorReply(const grpc::Status& status) {
  const Code& code = CodeOf(status);
  http::Reply reply;
  reply.status = code.http_status;
  reply.content_type = "application/json";
  google::rpc::Status packed;
  (void)packed.ParseFromString(status.error_details());
  Json details = Json::array();
  for (const auto& detail : packed.details()) {
    details.push_back(DetailOf(detail));
    AddRetryAfter(detail, reply);
    if (IsUnknownMethod(detail)) reply.status = 404;
  }
  const Json body = {
      {"code", code.name}, {"message", status.error_message()}, {"details", std::move(details)}};
  // A message is ours and ASCII, but what is not must not end the process.
  reply.body = body.dump(-1, ' ', false, Json::error_handler_t::replace);
  // RFC 9110 section 15.5.2.
  if (reply.status == 401) reply.fields.push_back({"WWW-Authenticate", "Bearer"});
  return reply;
}

http::Reply ErrorReply(const absl::Status& status) {
  return ErrorReply(rpc::ToPublicError(status).status);
}

}  // namespace signet::connect
