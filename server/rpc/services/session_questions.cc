#include "server/rpc/services/session_questions.h"

#include <utility>
#include <vector>

#include "absl/types/span.h"
#include "server/domain/call_deadline.h"

namespace signet::rpc {
namespace {

constexpr size_t kMostWaiting = 8192;
constexpr size_t kMostAtOnce = 256;
// Of the database: streams have no deadline of their own.
constexpr absl::Duration kPatience = absl::Seconds(5);

}  // namespace

SessionQuestions::SessionQuestions(domain::ValidateSession& validate, std::function<void()> told)
    : validate_(validate),
      told_(std::move(told)),
      pool_({.name = "session-ask",
             .threads = 1,
             .queue_limit = kMostWaiting,
             .max_batch = kMostAtOnce},
            [this](absl::Span<const std::shared_ptr<Question>> questions) { Run(questions); }) {}

bool SessionQuestions::Ask(absl::string_view token, absl::string_view audience, absl::Time now,
                           Answered answered) {
  return pool_.TrySubmit(std::make_shared<Question>(
      Question{base::Secret(token), std::string(audience), now, std::move(answered)}));
}

void SessionQuestions::Run(absl::Span<const std::shared_ptr<Question>> questions) {
  std::vector<absl::string_view> tokens;
  tokens.reserve(questions.size());
  absl::Time now = absl::InfinitePast();
  for (const auto& question : questions) {
    tokens.push_back(question->token.reveal());
    now = std::max(now, question->now);
  }
  const domain::ScopedCallDeadline deadline(now + kPatience);
  const auto answers = validate_.Ask(tokens, now);
  for (const auto& question : questions) {
    question->answered(
        validate_.Decide(question->token.reveal(), question->audience, question->now, answers));
  }
  told_();
}

}  // namespace signet::rpc
