#pragma once

#include <random>
#include <string>
#include <utility>
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

// An administrator finds one of the people that bench/users made, by the address; anyone of the
// first `people`, which is the order in which a server is asked.
class FindWorkload final : public Workload {
 public:
  FindWorkload(size_t people, std::string access_token)
      : people_(people), access_token_(std::move(access_token)) {}
  const std::string& method() const override;
  std::string bearer() const override { return access_token_; }
  size_t lanes() const override { return 1; }
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;

 private:
  const size_t people_;
  const std::string access_token_;
  std::mt19937_64 random_{20'231};  // the same people in each run
  std::string email_;               // of the call in flight
};

}  // namespace signet::bench
