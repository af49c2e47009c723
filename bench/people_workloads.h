#pragma once

#include <string>
#include <vector>

#include "bench/workload.h"

namespace signet::bench {

// Registers person 0, 1, 2 … Repeating it is harmless.
class RegisterWorkload final : public Workload {
 public:
  const std::string& method() const override;
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;

 private:
  size_t next_ = 0;
};

// Logs the first `people` in, one after the other.
class LoginWorkload final : public Workload {
 public:
  // Collects the tokens of the new sessions where the vectors, the caller's, are not null.
  LoginWorkload(size_t people, std::vector<std::string>* refresh_tokens,
                std::vector<std::string>* access_tokens)
      : people_(people), refresh_tokens_(refresh_tokens), access_tokens_(access_tokens) {}
  const std::string& method() const override;
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;

 private:
  const size_t people_;
  std::vector<std::string>* const refresh_tokens_;
  std::vector<std::string>* const access_tokens_;
  size_t next_ = 0;
};

}  // namespace signet::bench
