#pragma once

#include <string>

#include "server/domain/gateways/judge_request.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// envoy.service.auth.v3.Authorization over domain::JudgeRequest: the second door of what /authz
// answers at the first.
class AuthorizationService final : public Service {
 public:
  // `judge` outlives it.
  explicit AuthorizationService(const domain::JudgeRequest& judge) : judge_(judge) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  enum class Waiting { kRefused, kAllowed };
  absl::Status Check(const Call& call, grpc::ByteBuffer& request, grpc::ByteBuffer& answer,
                     Waiting waiting) const;

  const domain::JudgeRequest& judge_;
};

}  // namespace signet::rpc
