#pragma once

#include <string>
#include <vector>

#include "bench/workload.h"

namespace signet::bench {

// The audience of every token of the benchmarks.
inline constexpr char kAudience[] = "bench.example";

// Validate, one token to a call, over all tokens in turn. Every answer must be active: a server
// that is fast at refusing wins nothing.
class ValidateWorkload final : public Workload {
 public:
  explicit ValidateWorkload(const std::vector<std::string>& tokens);
  const std::string& method() const override;
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;

 private:
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_ = 0;
};

// ValidateStream, one token to a message, over all tokens in turn.
class StreamWorkload final : public Workload {
 public:
  explicit StreamWorkload(const std::vector<std::string>& tokens);
  const std::string& method() const override;
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;

 private:
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_ = 0;
};

// Whether a batch asks for the claims or for the decision alone.
enum class BatchAnswer { kDecisions, kClaims };

// ValidateBatch over all tokens in turn, `size` to a call. The unit of the rate is a token.
class BatchWorkload final : public Workload {
 public:
  BatchWorkload(const std::vector<std::string>& tokens, size_t size, BatchAnswer answer);
  const std::string& method() const override;
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;
  uint64_t units_per_call() const override { return size_; }

 private:
  const size_t size_;
  std::vector<grpc::ByteBuffer> requests_;
  size_t next_ = 0;
};

// Refresh, one session to a lane, each call with the token that the one before it answered.
class RefreshWorkload final : public Workload {
 public:
  // `refresh_tokens` hold the newest token of each lineage, also afterwards; they and
  // `access_tokens`, which collects what was issued unless it is null, stay the caller's.
  RefreshWorkload(std::vector<std::string>& refresh_tokens, std::vector<std::string>* access_tokens)
      : refresh_tokens_(refresh_tokens), access_tokens_(access_tokens) {}
  const std::string& method() const override;
  size_t lanes() const override { return refresh_tokens_.size(); }
  grpc::ByteBuffer Request(size_t lane) override;
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override;

 private:
  std::vector<std::string>& refresh_tokens_;
  std::vector<std::string>* const access_tokens_;
};

}  // namespace signet::bench
