#include "server/rpc/services/validate_stream.h"

#include <deque>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/decision_bytes.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

// Answers that may wait to be written, of at most some KiB each: enough for one write to carry
// many.
constexpr size_t kMostAhead = 32;
constexpr size_t kMaxId = 64;

absl::Status CheckId(absl::string_view id) {
  if (id.size() <= kMaxId) return absl::OkStatus();
  return base::FieldError("id", "is longer than 64 bytes");
}

class ValidateStream final : public StreamHandler {
 public:
  ValidateStream(const domain::ValidateToken& validate, observe::TokenMetrics& metrics)
      : validate_(validate), metrics_(metrics) {}

  absl::Status Read(grpc::ByteBuffer& request, absl::Time now) override {
    SIGNET_ASSIGN_OR_RETURN(const grpc::Slice slice, OneSlice(request));
    const absl::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
    if (const auto fields = ReadStreamFields(bytes)) return Judge(fields->request, fields->id, now);
    v1::ValidateStreamRequest message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return NoMessage();
    return Judge({message.request().token(), message.request().audience()}, message.id(), now);
  }

  bool MayRead() const override { return answers_.size() < kMostAhead; }
  bool EndsWithCaller() const override { return true; }

  std::optional<StreamMessage> Next(absl::Time /*now*/) override {
    if (answers_.empty()) return std::nullopt;
    StreamMessage message;
    message.bytes.Swap(&answers_.front());
    answers_.pop_front();
    message.more_follows = !answers_.empty();
    return message;
  }

 private:
  absl::Status Judge(const ValidateFields& fields, absl::string_view id, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(Check(fields));
    SIGNET_RETURN_IF_ERROR(CheckId(id));
    const auto decision = validate_.Run(fields.token, fields.audience, now);
    metrics_.Judged(decision.verdict, decision.revocation_stale);
    thread_local std::string written;
    written.clear();
    AppendStreamResponse(decision, id, written);
    const grpc::Slice out(written);
    answers_.emplace_back(&out, 1);
    return absl::OkStatus();
  }

  const domain::ValidateToken& validate_;
  observe::TokenMetrics& metrics_;
  std::deque<grpc::ByteBuffer> answers_;  // not written yet, in the order of the questions
};

}  // namespace

std::unique_ptr<StreamHandler> OpenValidateStream(const domain::ValidateToken& validate,
                                                  observe::TokenMetrics& metrics) {
  return std::make_unique<ValidateStream>(validate, metrics);
}

}  // namespace signet::rpc
