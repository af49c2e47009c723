#include "server/domain/tokens/explain_token.h"

#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/base64url.h"
#include "client/base/secret.h"
#include "client/base/status_macros.h"
#include "server/domain/sessions/refresh.h"
#include "server/domain/sessions/refresh_token.h"
#include "server/domain/sessions/session_token.h"

namespace signet::domain {
namespace {

using token::RejectReason;

struct Check {
  absl::string_view passed;
  absl::string_view failed;
};

// One line per reject reason, in the order in which the verifier looks.
constexpr std::array<Check, token::kRejectReasonCount> kChecks = {{
    {"size is within 8 KiB", "it is longer than 8 KiB"},
    {"three canonical base64url parts", "it is not three canonical base64url parts of strict JSON"},
    {"the header's members have the right types", "a header member is missing or of a wrong type"},
    {"the algorithm is allowed and the key's own",
     "the algorithm is not allowed, or not the key's"},
    {"the key is known", "no key of that kid is in the key set"},
    {"the type is at+jwt", "the type is not at+jwt"},
    {"no header that we refuse", "a header is present that we do not honour (crit, jku, jwk, …)"},
    {"the signature is right", "the signature is wrong"},
    {"the required claims are there", "a required claim is missing or of a wrong type"},
    {"the issuer is ours", "the issuer is another"},
    {"the audience is named", "the token is for another audience"},
    {"it has not expired", "it has expired"},
    {"it is valid already", "it is not valid yet"},
    {"the token is not revoked", "the token itself was revoked"},
    {"the session is not ended", "its session has ended"},
    {"the user's sessions were not all ended since", "all sessions of its user were ended since"},
    {"the key is not tainted", "its signing key was tainted"},
}};

std::string Decoded(absl::string_view part) { return base::Base64UrlDecode(part).value_or(""); }

std::string Line(absl::string_view verdict, absl::string_view text) {
  return absl::StrCat(verdict, ": ", text);
}

void AppendSteps(const token::Verdict& verdict, bool audience_judged,
                 std::vector<std::string>& steps) {
  for (int i = 0; i < token::kRejectReasonCount; ++i) {
    const Check& check = kChecks[static_cast<size_t>(i)];
    if (!verdict.accepted() && static_cast<int>(verdict.reason()) == i) {
      steps.push_back(Line("failed", check.failed));
      return;
    }
    const bool skipped =
        static_cast<RejectReason>(i) == RejectReason::kAudienceMismatch && !audience_judged;
    steps.push_back(skipped ? Line("skipped", "no audience was given to judge")
                            : Line("passed", check.passed));
  }
}

bool IsLiveLeaf(const Presented& presented, const LineageView& view, absl::Time now) {
  return !view.end_reason && view.expires_at > now && presented.generation == view.generation &&
         base::ConstantTimeEquals(presented.secret_hash, view.leaf_hash);
}

absl::string_view OutcomeText(RefreshOutcome outcome) {
  switch (outcome) {
    case RefreshOutcome::kReplayed:
      return "it was rotated; a repeat gets the same successor again";
    case RefreshOutcome::kReused:
      return "it was rotated; presenting it ends the session";
    case RefreshOutcome::kExpired:
      return "its lineage has expired";
    case RefreshOutcome::kRevoked:
      return "its session has ended, or its account is not active";
    default:
      return "no lineage has ever held it";
  }
}

}  // namespace

absl::StatusOr<TokenExplanation> ExplainToken::Run(const Caller& caller, absl::string_view token,
                                                   absl::string_view audience,
                                                   const CallInfo& call) {
  TokenExplanation explanation;
  if (absl::StartsWith(token, "sgr_")) {
    SIGNET_ASSIGN_OR_RETURN(explanation, ExplainRefreshToken(token, call.now));
  } else if (SessionToken::Is(token)) {
    SIGNET_ASSIGN_OR_RETURN(explanation, ExplainSessionToken(token, call.now));
  } else {
    explanation = ExplainAccessToken(token, audience, call.now);
  }
  AuditEvent event = AuditEventOf(AuditAction::kExplainToken, caller, call);
  event.subject = std::nullopt;
  event.session = base::SessionId::FromString(explanation.session_id);
  SIGNET_RETURN_IF_ERROR(audit_.Append(std::move(event)));
  return explanation;
}

TokenExplanation ExplainToken::ExplainAccessToken(absl::string_view token,
                                                  absl::string_view audience,
                                                  absl::Time now) const {
  const token::Verdict verdict = audience.empty() ? verifier_.VerifyForIssuer(token, now)
                                                  : verifier_.Verify(token, audience, now);
  TokenExplanation explanation;
  explanation.kind = TokenExplanation::Kind::kAccessToken;
  explanation.active = verdict.accepted();
  if (!verdict.accepted()) explanation.reason = verdict.reason();
  AppendSteps(verdict, !audience.empty(), explanation.steps);
  if (verdict.accepted()) {
    explanation.session_id = std::string(verdict.token().claims().session_id.value_or(""));
  } else if (verdict.reason() == RejectReason::kTooLarge) {
    return explanation;
  }
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (parts.size() == 3) {
    explanation.header_json = Decoded(parts[0]);
    explanation.claims_json = Decoded(parts[1]);
  } else {
    explanation.kind = TokenExplanation::Kind::kUnrecognised;
  }
  return explanation;
}

absl::StatusOr<TokenExplanation> ExplainToken::ExplainRefreshToken(absl::string_view token,
                                                                   absl::Time now) {
  TokenExplanation explanation;
  explanation.kind = TokenExplanation::Kind::kRefreshToken;
  const std::optional<RefreshToken> parsed = RefreshToken::Parse(token);
  if (!parsed) {
    explanation.steps.push_back(Line("failed", "it is damaged: length, alphabet or checksum"));
    return explanation;
  }
  explanation.steps.push_back(Line("passed", "its form and checksum are right"));
  explanation.session_id = parsed->session_id.ToString();
  const Presented presented = parsed->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(const std::optional<LineageView> view, sessions_.Read(presented));
  if (view && IsLiveLeaf(presented, *view, now)) {
    explanation.active = true;
    explanation.steps.push_back(
        Line("passed", absl::StrCat("it is the live leaf, generation ", presented.generation)));
    return explanation;
  }
  explanation.steps.push_back(
      Line("failed", OutcomeText(ClassifyPresented(presented, view, lifetimes_, now))));
  return explanation;
}

absl::StatusOr<TokenExplanation> ExplainToken::ExplainSessionToken(absl::string_view token,
                                                                   absl::Time now) {
  TokenExplanation explanation;
  explanation.kind = TokenExplanation::Kind::kSessionToken;
  const std::optional<SessionToken> parsed = SessionToken::Parse(token);
  if (!parsed) {
    explanation.steps.push_back(Line("failed", "it is damaged: length, alphabet or checksum"));
    return explanation;
  }
  explanation.session_id = parsed->session_id.ToString();
  const PresentedSession presented = parsed->ToPresented();
  SIGNET_ASSIGN_OR_RETURN(const auto views,
                          session_tokens_.Find(absl::MakeConstSpan(&presented, 1)));
  const std::optional<SessionTokenView>& view = views.front();
  const bool held = view && base::ConstantTimeEquals(view->secret_hash, presented.secret_hash);
  const struct {
    bool holds;
    absl::string_view passed;
    absl::string_view failed;
  } checks[] = {
      {true, "its form and checksum are right", ""},
      {held, "a session is held by it", "no session is held by it"},
      {held && !view->end_reason && view->account_active, "the session has not ended",
       "its session has ended, or its account is not active"},
      {held && now < view->expires_at, "it has not expired", "it has expired"},
      {held && now < view->last_used_at + lifetimes_.session_idle,
       "it was used lately, as far as that was recorded",
       "it has not been used for too long, as far as that was recorded"},
      {policy_.Read().ModeFor(parsed->user_id) != SessionMode::kOff,
       "session tokens are not switched off for its user",
       "session tokens are switched off for its user"},
  };
  for (const auto& check : checks) {
    explanation.steps.push_back(check.holds ? Line("passed", check.passed)
                                            : Line("failed", check.failed));
    if (!check.holds) return explanation;
  }
  explanation.active = true;
  return explanation;
}

}  // namespace signet::domain
