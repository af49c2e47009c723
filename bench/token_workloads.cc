#include "bench/token_workloads.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "signet/v1/token_service.pb.h"

namespace signet::bench {
namespace {

// `active: true` is the first field of an answer and of each result in a batch.
constexpr absl::string_view kActive("\x08\x01", 2);

absl::Status NotActive(absl::string_view answer) {
  v1::ValidateResponse parsed;
  parsed.ParseFromArray(answer.data(), static_cast<int>(answer.size()));
  return absl::InternalError(
      absl::StrCat("a live token was refused: ", v1::InactiveReason_Name(parsed.reason())));
}

// Reads a base-128 varint off the front of `bytes`; false at the end.
bool TakeVarint(absl::string_view& bytes, uint64_t& value) {
  value = 0;
  for (int shift = 0; shift < 64 && !bytes.empty(); shift += 7) {
    const auto byte = static_cast<uint8_t>(bytes[0]);
    bytes.remove_prefix(1);
    value |= uint64_t{byte & 0x7fu} << shift;
    if (byte < 0x80) return true;
  }
  return false;
}

// Counts the active results of a ValidateBatchResponse without building it: 256 messages per answer
// would cost the client more than the server spends on deciding them.
size_t CountActive(absl::string_view answer) {
  size_t active = 0;
  uint64_t tag = 0;
  uint64_t length = 0;
  constexpr uint64_t kResults = (1 << 3) | 2;
  while (TakeVarint(answer, tag) && tag == kResults && TakeVarint(answer, length) &&
         length <= answer.size()) {
    active += answer.substr(0, length).substr(0, 2) == kActive ? 1 : 0;
    answer.remove_prefix(length);
  }
  return active;
}

}  // namespace

ValidateWorkload::ValidateWorkload(const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    v1::ValidateRequest request;
    request.set_token(token);
    request.set_audience(kAudience);
    requests_.push_back(ToBuffer(request.SerializeAsString()));
  }
}

const std::string& ValidateWorkload::method() const {
  static const std::string method = "/signet.v1.TokenService/Validate";
  return method;
}

grpc::ByteBuffer ValidateWorkload::Request(size_t) { return requests_[next_++ % requests_.size()]; }

absl::Status ValidateWorkload::Check(size_t, const grpc::ByteBuffer& answer) {
  grpc::Slice slice;
  if (answer.TrySingleSlice(&slice).ok() && slice.size() >= kActive.size() &&
      std::equal(kActive.begin(), kActive.end(), slice.begin())) {
    return absl::OkStatus();
  }
  const std::string bytes = ToBytes(answer);
  return bytes.substr(0, 2) == kActive ? absl::OkStatus() : NotActive(bytes);
}

StreamWorkload::StreamWorkload(const std::vector<std::string>& tokens) {
  for (const std::string& token : tokens) {
    v1::ValidateStreamRequest request;
    request.mutable_request()->set_token(token);
    request.mutable_request()->set_audience(kAudience);
    request.set_id("0123456789abcdef");  // as a gateway would number them
    requests_.push_back(ToBuffer(request.SerializeAsString()));
  }
}

const std::string& StreamWorkload::method() const {
  static const std::string method = "/signet.v1.TokenService/ValidateStream";
  return method;
}

grpc::ByteBuffer StreamWorkload::Request(size_t) { return requests_[next_++ % requests_.size()]; }

// The answer's first field is the response, and `active: true` the response's.
absl::Status StreamWorkload::Check(size_t, const grpc::ByteBuffer& answer) {
  constexpr uint64_t kResponse = (1 << 3) | 2;
  const std::string bytes = ToBytes(answer);
  absl::string_view rest = bytes;
  uint64_t tag = 0;
  uint64_t length = 0;
  if (!TakeVarint(rest, tag) || tag != kResponse || !TakeVarint(rest, length)) {
    return absl::InternalError("an answer of a stream is none");
  }
  return rest.substr(0, 2) == kActive ? absl::OkStatus() : NotActive(rest.substr(0, length));
}

BatchWorkload::BatchWorkload(const std::vector<std::string>& tokens, size_t size,
                             BatchAnswer answer)
    : size_(size) {
  for (size_t first = 0; first < std::max(tokens.size(), size_); first += size_) {
    v1::ValidateBatchRequest request;
    for (size_t i = 0; i < size_; ++i) request.add_tokens(tokens[(first + i) % tokens.size()]);
    request.set_audience(kAudience);
    request.set_omit_claims(answer == BatchAnswer::kDecisions);
    requests_.push_back(ToBuffer(request.SerializeAsString()));
  }
}

const std::string& BatchWorkload::method() const {
  static const std::string method = "/signet.v1.TokenService/ValidateBatch";
  return method;
}

grpc::ByteBuffer BatchWorkload::Request(size_t) { return requests_[next_++ % requests_.size()]; }

absl::Status BatchWorkload::Check(size_t, const grpc::ByteBuffer& answer) {
  const size_t active = CountActive(ToBytes(answer));
  if (active == size_) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("of ", size_, " live tokens ", active, " were active"));
}

const std::string& RefreshWorkload::method() const {
  static const std::string method = "/signet.v1.TokenService/Refresh";
  return method;
}

grpc::ByteBuffer RefreshWorkload::Request(size_t lane) {
  v1::RefreshRequest request;
  request.set_refresh_token(refresh_tokens_[lane]);
  return ToBuffer(request.SerializeAsString());
}

absl::Status RefreshWorkload::Check(size_t lane, const grpc::ByteBuffer& answer) {
  v1::RefreshResponse response;
  if (!response.ParseFromString(ToBytes(answer)) || response.tokens().access_token().empty() ||
      response.tokens().refresh_token() == refresh_tokens_[lane]) {
    return absl::InternalError("a refresh gave no new pair");
  }
  refresh_tokens_[lane] = response.tokens().refresh_token();
  if (access_tokens_ != nullptr) access_tokens_->push_back(response.tokens().access_token());
  return absl::OkStatus();
}

}  // namespace signet::bench
