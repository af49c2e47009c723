#pragma once

#include <string>

#include "server/domain/ports/key_lifecycle.h"
#include "server/rpc/service.h"

namespace signet::rpc {

// signet.v1.KeyService over the key lifecycle. What each method promises stands in its proto file.
class KeyService final : public Service {
 public:
  explicit KeyService(domain::KeyLifecycle& keys) : keys_(keys) {}

  std::string full_name() const override;
  void Register(MethodRegistry& registry) override;

 private:
  domain::KeyLifecycle& keys_;
};

}  // namespace signet::rpc
