#include "server/http/authz/authz_endpoint.h"

#include <string>
#include <utility>

#include "server/domain/gateways/gateway_answer.h"

namespace signet::http {
namespace {

using domain::GatewayQuestion;

// One that says nothing where the gateway did not say it, or said it twice: two are a client's and
// a gateway's.
GatewayQuestion ReadQuestion(const Request& request) {
  const auto methods = request.All("x-forwarded-method");
  const auto targets = request.All("x-forwarded-uri");
  const auto hosts = request.All("x-forwarded-host");
  if (methods.size() != 1 || targets.size() != 1 || hosts.size() > 1) return {};
  GatewayQuestion question{
      methods[0], hosts.empty() ? absl::string_view() : hosts[0], targets[0], {}};
  question.fields.reserve(request.fields.size());
  for (const Field& field : request.fields) question.fields.push_back({field.name, field.value});
  return question;
}

Reply Allowed(const GatewayQuestion& question, const domain::GatewayDecision& decision) {
  Reply reply{.body = ""};
  for (domain::IdentityField& field : domain::IdentityOf(decision)) {
    reply.fields.push_back({std::string(field.name), std::move(field.value)});
  }
  const absl::string_view sent_on =
      decision.keeps_token() ? question.authorization() : absl::string_view();
  reply.fields.push_back({"authorization", std::string(sent_on)});
  reply.fields.push_back({"cookie", domain::CookiesSentOn(question, decision)});
  return reply;
}

Reply Refused(const domain::GatewayDecision& decision) {
  const int status = domain::HttpStatusOf(decision.result);
  if (status == 503) return OverloadedReply();
  Reply reply = ErrorReply(status);
  std::string challenge = domain::ChallengeOf(decision);
  if (!challenge.empty()) reply.fields.push_back({"WWW-Authenticate", std::move(challenge)});
  return reply;
}

Reply ReplyTo(const GatewayQuestion& question, const domain::GatewayDecision& decision) {
  Reply reply = decision.passes() ? Allowed(question, decision) : Refused(decision);
  std::string as_of = domain::RevocationAsOf(decision);
  if (!as_of.empty()) reply.fields.push_back({"x-signet-revocation-as-of", std::move(as_of)});
  return reply;
}

}  // namespace

std::optional<Reply> AuthzEndpoint::AnswerAtOnce(const Request& request) const {
  const GatewayQuestion question = ReadQuestion(request);
  const auto decision = judge_.RunAtOnce(question, request.call.now);
  return decision ? std::optional(ReplyTo(question, *decision)) : std::nullopt;
}

Reply AuthzEndpoint::Answer(const Request& request) const {
  const GatewayQuestion question = ReadQuestion(request);
  return ReplyTo(question, judge_.Run(question, request.call.now));
}

}  // namespace signet::http
