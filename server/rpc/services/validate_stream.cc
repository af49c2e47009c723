#include "server/rpc/services/validate_stream.h"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/base/error.h"
#include "client/base/mutex.h"
#include "client/base/status_macros.h"
#include "server/domain/sessions/session_token.h"
#include "server/rpc/convert/decision_bytes.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/services/count_decision.h"
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

// An answer on its way. Held by the stream and by who asks the database, whoever is done last.
struct Pending {
  base::Mutex mutex;
  std::optional<grpc::ByteBuffer> bytes ABSL_GUARDED_BY(mutex);

  bool Take(grpc::ByteBuffer& out) {
    base::MutexLock lock(mutex);
    if (!bytes) return false;
    out.Swap(&*bytes);
    return true;
  }
  bool ready() {
    base::MutexLock lock(mutex);
    return bytes.has_value();
  }
  void Give(const domain::ValidateDecision& decision, absl::string_view id) {
    thread_local std::string written;
    written.clear();
    AppendStreamResponse(decision, id, written);
    const grpc::Slice out(written);
    base::MutexLock lock(mutex);
    bytes.emplace(&out, 1);
  }
};

class ValidateStream final : public StreamHandler {
 public:
  explicit ValidateStream(const ValidateStreamUses& uses) : uses_(uses) {}

  absl::Status Read(grpc::ByteBuffer& request, absl::Time now) override {
    SIGNET_ASSIGN_OR_RETURN(const grpc::Slice slice, OneSlice(request));
    const absl::string_view bytes(reinterpret_cast<const char*>(slice.begin()), slice.size());
    if (const auto fields = ReadStreamFields(bytes)) return Judge(fields->request, fields->id, now);
    v1::ValidateStreamRequest message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return NoMessage();
    return Judge({message.request().token(), message.request().audience()}, message.id(), now);
  }

  bool MayRead() const override { return answers_.size() < kMostAhead; }
  bool EndsWithCaller() const override { return answers_.empty(); }

  std::optional<StreamMessage> Next(absl::Time /*now*/) override {
    StreamMessage message;
    if (answers_.empty() || !answers_.front()->Take(message.bytes)) return std::nullopt;
    answers_.pop_front();
    message.more_follows = !answers_.empty() && answers_.front()->ready();
    return message;
  }

 private:
  absl::Status Judge(const ValidateFields& fields, absl::string_view id, absl::Time now) {
    SIGNET_RETURN_IF_ERROR(Check(fields));
    SIGNET_RETURN_IF_ERROR(CheckId(id));
    answers_.push_back(std::make_shared<Pending>());
    if (domain::SessionToken::Is(fields.token)) return JudgeSession(fields, id, now);
    Answer(uses_.validate.Run(fields.token, fields.audience, now), id);
    return absl::OkStatus();
  }

  void Answer(const domain::ValidateDecision& decision, absl::string_view id) {
    Count(decision, uses_.metrics);
    answers_.back()->Give(decision, id);
  }

  absl::Status JudgeSession(const ValidateFields& fields, absl::string_view id, absl::Time now) {
    if (const auto judged = uses_.sessions.AtHand(fields.token, fields.audience, now)) {
      Answer(judged->decision, id);
      return absl::OkStatus();
    }
    const bool asked =
        uses_.questions.Ask(fields.token, fields.audience, now,
                            [pending = answers_.back(), id = std::string(id),
                             &metrics = uses_.metrics](const domain::SessionJudgement& judged) {
                              Count(judged.decision, metrics);
                              pending->Give(judged.decision, id);
                            });
    if (!asked) Answer(uses_.sessions.Decide(fields.token, fields.audience, now, {}).decision, id);
    return absl::OkStatus();
  }

  const ValidateStreamUses uses_;
  std::deque<std::shared_ptr<Pending>> answers_;  // in the order of the questions
};

}  // namespace

std::unique_ptr<StreamHandler> OpenValidateStream(const ValidateStreamUses& uses) {
  return std::make_unique<ValidateStream>(uses);
}

}  // namespace signet::rpc
