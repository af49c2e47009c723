#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/claims.h"
#include "server/domain/tokens/validate_token.h"

namespace signet::rpc {

// Validate on the wire without message objects: of what a cached Validate costs beside gRPC, they
// were the larger part by far. What is written equals the generated code's output byte for byte.

struct ValidateFields {
  absl::string_view token;
  absl::string_view audience;
};

// The fields of a serialised v1.ValidateRequest that holds these two and nothing else, as views
// into `bytes`. Nothing for all other bytes: unknown fields, text that is not UTF-8, no message at
// all. What those mean is the generated parser's to say.
std::optional<ValidateFields> ReadValidateFields(absl::string_view bytes);

// Of a serialised v1.ValidateStreamRequest that holds one request and an id, and nothing else.
struct StreamFields {
  ValidateFields request;
  absl::string_view id;
};
std::optional<StreamFields> ReadStreamFields(absl::string_view bytes);

struct BatchFields {
  std::vector<absl::string_view> tokens;
  absl::string_view audience;
  bool omit_claims = false;
};

// The most tokens of one batch.
constexpr size_t kMaxBatchTokens = 1000;

// The same of a serialised v1.ValidateBatchRequest, into `fields`, whose room is used again. False
// where it holds more than its three fields, or more than kMaxBatchTokens.
bool ReadBatchFields(absl::string_view bytes, BatchFields& fields);

// A serialised v1.Claims: the annotation of a verified token (token::AccessTokenVerifier::Options),
// so that it is made once per token. The writers below make it anew where a token has none.
std::string ClaimsBytes(const token::AccessTokenClaims& claims);

// Appends a serialised v1.ValidateResponse.
void AppendValidateResponse(const domain::ValidateDecision& decision, std::string& out);

// Appends a serialised v1.ValidateStreamResponse.
void AppendStreamResponse(const domain::ValidateDecision& decision, absl::string_view id,
                          std::string& out);

enum class BatchClaims { kIncluded, kOmitted };

// Append the parts of a serialised v1.ValidateBatchResponse: first one result per token, then once
// what they share.
void AppendBatchResult(const domain::ValidateDecision& decision, BatchClaims claims,
                       std::string& out);
void AppendBatchKnowledge(absl::Time revocation_as_of, int64_t key_set_version, std::string& out);

}  // namespace signet::rpc
