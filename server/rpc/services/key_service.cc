#include "server/rpc/services/key_service.h"

#include "client/base/status_macros.h"
#include "server/rpc/convert/key_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

absl::Status ListKeys(domain::ManageKeys& keys, const Call& call, v1::ListKeysResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto all, keys.List(*call.caller, call.info));
  for (const domain::SigningKeyRecord& key : all) FromKey(key, *response.add_keys());
  return absl::OkStatus();
}

absl::Status ListVerifiers(domain::ManageKeys& keys, const Call& call,
                           v1::ListVerifiersResponse& response) {
  SIGNET_ASSIGN_OR_RETURN(const auto standing, keys.Verifiers(*call.caller, call.info));
  response.set_key_set_version(standing.version);
  for (const auto& verifier : standing.verifiers) FromVerifier(verifier, *response.add_verifiers());
  return absl::OkStatus();
}

absl::Status PrepareKey(domain::ManageKeys& keys, const Call& call,
                        const v1::PrepareKeyRequest& request, v1::PrepareKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckAlgorithm(request.algorithm()));
  SIGNET_ASSIGN_OR_RETURN(const auto key,
                          keys.Prepare(*call.caller, request.algorithm(), call.info));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status ActivateKey(domain::ManageKeys& keys, const Call& call,
                         const v1::ActivateKeyRequest& request, v1::ActivateKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckKid(request.kid()));
  SIGNET_ASSIGN_OR_RETURN(const auto key, keys.Activate(*call.caller, request.kid(),
                                                        ToForce(request.force()), call.info));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status TaintKey(domain::ManageKeys& keys, const Call& call,
                      const v1::TaintKeyRequest& request, v1::TaintKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckKid(request.kid()));
  SIGNET_ASSIGN_OR_RETURN(const auto key, keys.Taint(*call.caller, request.kid(), call.info));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

absl::Status RetireKey(domain::ManageKeys& keys, const Call& call,
                       const v1::RetireKeyRequest& request, v1::RetireKeyResponse& response) {
  SIGNET_RETURN_IF_ERROR(CheckKid(request.kid()));
  SIGNET_ASSIGN_OR_RETURN(const auto key, keys.Retire(*call.caller, request.kid(),
                                                      ToForce(request.force()), call.info));
  FromKey(key, *response.mutable_key());
  return absl::OkStatus();
}

}  // namespace

std::string KeyService::full_name() const { return "signet.v1.KeyService"; }

void KeyService::Register(MethodRegistry& registry) {
  domain::ManageKeys& keys = keys_;
  registry.Add("signet.v1.KeyService/ListKeys",
               TypedHandler<v1::ListKeysRequest, v1::ListKeysResponse>(
                   [&keys](const Call& call, const auto&, auto& response) {
                     return ListKeys(keys, call, response);
                   }));
  registry.Add("signet.v1.KeyService/ListVerifiers",
               TypedHandler<v1::ListVerifiersRequest, v1::ListVerifiersResponse>(
                   [&keys](const Call& call, const auto&, auto& response) {
                     return ListVerifiers(keys, call, response);
                   }));
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
