#include "server/rpc/services/key_service.h"

#include "client/base/status_macros.h"
#include "server/rpc/convert/key_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status ListKeys(domain::KeyLifecycle& keys, v1::ListKeysResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto all, keys.List());
  for (const domain::SigningKeyRecord& key : all) FromKey(key, *response.add_keys());
  return absl::OkStatus();
}

absl::Status PrepareKey(domain::KeyLifecycle& keys, const Call& call,
                        const v1::PrepareKeyRequest& request, v1::PrepareKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckAlgorithm(request.algorithm()));
  SIGNET_ASSIGN_OR_RETURN(const auto key, keys.Prepare(request.algorithm(), call.info.now));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status ActivateKey(domain::KeyLifecycle& keys, const Call& call,
                         const v1::ActivateKeyRequest& request, v1::ActivateKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckKid(request.kid()));
  SIGNET_ASSIGN_OR_RETURN(const auto key,
                          keys.Activate(request.kid(), ToForce(request.force()), call.info.now));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status TaintKey(domain::KeyLifecycle& keys, const Call& call,
                      const v1::TaintKeyRequest& request, v1::TaintKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckKid(request.kid()));
  SIGNET_ASSIGN_OR_RETURN(const auto key, keys.Taint(request.kid(), call.info.now));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status RetireKey(domain::KeyLifecycle& keys, const Call& call,
                       const v1::RetireKeyRequest& request, v1::RetireKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckKid(request.kid()));
  SIGNET_ASSIGN_OR_RETURN(const auto key,
                          keys.Retire(request.kid(), ToForce(request.force()), call.info.now));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

}  // namespace

std::string KeyService::full_name() const { return "signet.v1.KeyService"; }

void KeyService::Register(MethodRegistry& registry) {
  domain::KeyLifecycle& keys = keys_;
  registry.Add(
      "signet.v1.KeyService/ListKeys",
      TypedHandler<v1::ListKeysRequest, v1::ListKeysResponse>(
          [&keys](const Call&, const auto&, auto& response) { return ListKeys(keys, response); }));
  registry.Add("signet.v1.KeyService/PrepareKey",
               TypedHandler<v1::PrepareKeyRequest, v1::PrepareKeyResponse>(
                   [&keys](const Call& call, const auto& request, auto& response) {
                     return PrepareKey(keys, call, request, response);
                   }));
  registry.Add("signet.v1.KeyService/ActivateKey",
               TypedHandler<v1::ActivateKeyRequest, v1::ActivateKeyResponse>(
                   [&keys](const Call& call, const auto& request, auto& response) {
                     return ActivateKey(keys, call, request, response);
                   }));
  registry.Add("signet.v1.KeyService/TaintKey",
               TypedHandler<v1::TaintKeyRequest, v1::TaintKeyResponse>(
                   [&keys](const Call& call, const auto& request, auto& response) {
                     return TaintKey(keys, call, request, response);
                   }));
  registry.Add("signet.v1.KeyService/RetireKey",
               TypedHandler<v1::RetireKeyRequest, v1::RetireKeyResponse>(
                   [&keys](const Call& call, const auto& request, auto& response) {
                     return RetireKey(keys, call, request, response);
                   }));
}

}  // namespace signet::rpc
