#pragma once

#include <string>

#include "server/domain/tokens/manage_keys.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// signet.v1.KeyService over the key lifecycle. What each method promises stands in its proto file.
class KeyService final : public Service {
 public:
  explicit KeyService(domain::ManageKeys& keys) : keys_(keys) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  domain::ManageKeys& keys_;
};

}  // namespace signet::rpc
