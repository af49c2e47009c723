#include "server/rpc/services/validate_methods.h"

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/sessions/session_token.h"
#include "server/rpc/convert/decision_bytes.h"
#include "server/rpc/convert/token_messages.h"
#include "server/rpc/services/count_decision.h"
#include "server/rpc/typed_handler.h"

namespace signet::rpc {
namespace {

using domain::SessionToken;

absl::string_view BytesOf(const grpc::Slice& slice) {
  return {reinterpret_cast<const char*>(slice.begin()), slice.size()};
}

// The text itself, not a copy: a batch's answer is long.
grpc::Slice SliceOf(std::unique_ptr<std::string> text) {
  const auto free = [](void* owner) { delete static_cast<std::string*>(owner); };
  char* data = text->data();
  const size_t size = text->size();
  return grpc::Slice(data, size, free, text.release());
}

// The fields of a Validate, as views: into the bytes, or into `message` where they are unusual.
struct ValidateQuestion {
  grpc::Slice slice;
  v1::ValidateRequest message;  // made by default it allocates nothing
  ValidateFields fields;
};

absl::Status Read(grpc::ByteBuffer& request, ValidateQuestion& question) {
  SIGNET_ASSIGN_OR_RETURN(question.slice, OneSlice(request));
  const absl::string_view bytes = BytesOf(question.slice);
  if (const auto fields = ReadValidateFields(bytes)) {
    question.fields = *fields;
  } else {
    v1::ValidateRequest& message = question.message;
    if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return NoMessage();
    question.fields = ValidateFields{message.token(), message.audience()};
  }
  return Check(question.fields);
}

absl::Status Answer(const ValidateStreamUses& uses, const domain::ValidateDecision& decision,
                    grpc::ByteBuffer& answer) {
  Count(decision, uses.metrics);
  if (decision.refusal == domain::SessionRefusal::kUnavailable) {
    return base::StorageUnavailable(absl::Seconds(1));
  }
  thread_local std::string written;
  written.clear();
  AppendValidateResponse(decision, written);
  const grpc::Slice out(written);
  answer = grpc::ByteBuffer(&out, 1);
  return absl::OkStatus();
}

// The hottest method of all reads and writes without message objects (convert/decision_bytes.h).
absl::Status Validate(const ValidateStreamUses& uses, const Call& call, grpc::ByteBuffer& request,
                      grpc::ByteBuffer& answer) {
  ValidateQuestion question;
  SIGNET_RETURN_IF_ERROR(Read(request, question));
  const auto& [token, audience] = question.fields;
  if (SessionToken::Is(token)) {
    const auto judged = uses.sessions.AtHand(token, audience, call.info.now);
    return judged ? Answer(uses, judged->decision, answer) : NotAtHand();
  }
  return Answer(uses, uses.validate.Run(token, audience, call.info.now), answer);
}

// Several that were not at hand.
void ValidateTogether(const ValidateStreamUses& uses, absl::Span<BatchedCall* const> calls) {
  std::vector<ValidateQuestion> questions(calls.size());
  std::vector<absl::string_view> tokens;
  std::vector<size_t> asking;
  for (size_t i = 0; i < calls.size(); ++i) {
    if (const absl::Status read = Read(calls[i]->request(), questions[i]); !read.ok()) {
      calls[i]->Answer({}, read);
      continue;
    }
    tokens.push_back(questions[i].fields.token);
    asking.push_back(i);
  }
  if (asking.empty()) return;
  const auto answers = uses.sessions.Ask(tokens, calls[asking.front()]->call().info.now);
  for (const size_t i : asking) {
    const auto& [token, audience] = questions[i].fields;
    const auto judged = uses.sessions.Decide(token, audience, calls[i]->call().info.now, answers);
    grpc::ByteBuffer answer;
    const absl::Status written = Answer(uses, judged.decision, answer);
    calls[i]->Answer(answer, written);
  }
}

// The answer to a batch, written as it is decided: in one text.
class BatchAnswer {
 public:
  BatchAnswer(const ValidateStreamUses& uses, const BatchFields& request)
      : uses_(uses),
        claims_(request.omit_claims ? BatchClaims::kOmitted : BatchClaims::kIncluded),
        written_(std::make_unique<std::string>()) {
    constexpr size_t kUsual = 256;  // of a result with claims, so that the text seldom moves
    written_->reserve(request.tokens.size() * (request.omit_claims ? 8 : kUsual) + 64);
  }

  void Add(const domain::ValidateDecision& decision) {
    Count(decision, uses_.metrics);
    AppendBatchResult(decision, claims_, *written_);
    // What is known may grow while the batch runs: the answer states what held for its first token.
    if (!shared_.empty()) return;
    AppendBatchKnowledge(decision.revocation_as_of, decision.key_set_version, shared_);
  }

  grpc::ByteBuffer Take() {
    *written_ += shared_;
    const grpc::Slice out = SliceOf(std::move(written_));
    return grpc::ByteBuffer(&out, 1);
  }

 private:
  const ValidateStreamUses& uses_;
  const BatchClaims claims_;
  std::unique_ptr<std::string> written_;
  std::string shared_;
};

// `sessions`: what was decided of the session tokens among the tokens, in their order.
grpc::ByteBuffer AnswerBatch(const ValidateStreamUses& uses, const BatchFields& request,
                             absl::Span<const domain::SessionJudgement> sessions, absl::Time now) {
  using Reads = token::AccessTokenVerifier::Reads;
  const Reads reads = request.omit_claims ? Reads::kDecision : Reads::kAnnotation;
  const absl::Span<const absl::string_view> tokens = request.tokens;
  BatchAnswer answer(uses, request);
  auto session = sessions.begin();
  for (size_t at = 0; at < tokens.size();) {
    if (SessionToken::Is(tokens[at])) {
      answer.Add((session++)->decision);
      ++at;
      continue;
    }
    size_t end = at;
    while (end < tokens.size() && !SessionToken::Is(tokens[end])) ++end;
    uses.validate.RunBatch(tokens.subspan(at, end - at), request.audience, now, reads,
                           [&](const domain::ValidateDecision& decision) { answer.Add(decision); });
    at = end;
  }
  return answer.Take();
}

absl::Status Batch(const ValidateStreamUses& uses, const Call& call, const BatchFields& request,
                   grpc::ByteBuffer& answer) {
  SIGNET_RETURN_IF_ERROR(Check(request));
  std::vector<domain::SessionJudgement> sessions;
  for (const absl::string_view token : request.tokens) {
    if (!SessionToken::Is(token)) continue;
    auto judged = uses.sessions.AtHand(token, request.audience, call.info.now);
    if (!judged) return NotAtHand();
    sessions.push_back(*std::move(judged));
  }
  answer = AnswerBatch(uses, request, sessions, call.info.now);
  return absl::OkStatus();
}

// The same where it may wait: one round trip for all of the batch.
absl::Status BatchAsking(const ValidateStreamUses& uses, const Call& call,
                         const BatchFields& request, grpc::ByteBuffer& answer) {
  SIGNET_RETURN_IF_ERROR(Check(request));
  std::vector<absl::string_view> tokens;
  for (const absl::string_view token : request.tokens) {
    if (SessionToken::Is(token)) tokens.push_back(token);
  }
  const auto answers = uses.sessions.Ask(tokens, call.info.now);
  std::vector<domain::SessionJudgement> sessions;
  sessions.reserve(tokens.size());
  for (const absl::string_view token : tokens) {
    sessions.push_back(uses.sessions.Decide(token, request.audience, call.info.now, answers));
  }
  answer = AnswerBatch(uses, request, sessions, call.info.now);
  return absl::OkStatus();
}

// Tokens stay where they arrived.
template <typename Function>
absl::Status WithBatchFields(grpc::ByteBuffer& request, const Function& function) {
  SIGNET_ASSIGN_OR_RETURN(const grpc::Slice slice, OneSlice(request));
  const absl::string_view bytes = BytesOf(slice);
  thread_local BatchFields read;  // keeps its room
  if (ReadBatchFields(bytes, read)) return function(read);
  v1::ValidateBatchRequest message;
  if (!message.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) return NoMessage();
  return function(FieldsOf(message));
}

}  // namespace

void RegisterValidateMethods(const ValidateStreamUses& uses, MethodRegistry& registry) {
  constexpr char kValidate[] = "signet.v1.TokenService/Validate";
  constexpr char kValidateBatch[] = "signet.v1.TokenService/ValidateBatch";
  registry.Add(kValidate,
               [uses](const Call& call, grpc::ByteBuffer& request, grpc::ByteBuffer& answer) {
                 return Validate(uses, call, request, answer);
               });
  registry.AddBatch(
      kValidate, [uses](absl::Span<BatchedCall* const> calls) { ValidateTogether(uses, calls); });
  registry.Add(kValidateBatch,
               [uses](const Call& call, grpc::ByteBuffer& request, grpc::ByteBuffer& answer) {
                 return WithBatchFields(request, [&](const BatchFields& fields) {
                   return Batch(uses, call, fields, answer);
                 });
               });
  registry.AddBatch(kValidateBatch, [uses](absl::Span<BatchedCall* const> calls) {
    for (BatchedCall* call : calls) {
      grpc::ByteBuffer answer;
      const absl::Status status = WithBatchFields(call->request(), [&](const BatchFields& fields) {
        return BatchAsking(uses, call->call(), fields, answer);
      });
      call->Answer(answer, status);
    }
  });
}

}  // namespace signet::rpc
