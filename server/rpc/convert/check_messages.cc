#include "server/rpc/convert/check_messages.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/time/time.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "google/protobuf/struct.pb.h"
#include "server/domain/gateways/gateway_answer.h"

namespace signet::rpc {
namespace {

namespace auth = envoy::service::auth::v3;
namespace core = envoy::config::core::v3;
using domain::GatewayDecision;
using domain::GatewayQuestion;
using google::protobuf::Struct;
using HttpRequest = auth::AttributeContext::HttpRequest;

constexpr size_t kMaxMethod = 64;
constexpr size_t kMaxPath = 8192;
constexpr size_t kMaxHost = 262;  // of a name 256, a colon, a port

absl::Status CheckLength(absl::string_view field, const std::string& text, size_t most) {
  if (text.size() <= most) return absl::OkStatus();
  return base::FieldError(absl::StrCat("attributes.request.http.", field),
                          absl::StrCat("is longer than ", most, " bytes"));
}

// Both ways of saying it, because gateways of different age read different ones, and what they do
// where nothing is said differs, too: the newest would leave the client's field beside ours.
void SetField(absl::string_view name, std::string value, core::HeaderValueOption& out) {
  out.mutable_header()->set_key(std::string(name));
  out.mutable_header()->set_value(std::move(value));
  out.mutable_append()->set_value(false);
  out.set_append_action(core::HeaderValueOption::OVERWRITE_IF_EXISTS_OR_ADD);
}

absl::StatusCode CodeOf(int http_status) {
  switch (http_status) {
    case 200:
      return absl::StatusCode::kOk;
    case 401:
      return absl::StatusCode::kUnauthenticated;
    case 403:
      return absl::StatusCode::kPermissionDenied;
    case 503:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInvalidArgument;
  }
}

const char* WordsOf(int http_status) {
  switch (http_status) {
    case 401:
      return "Unauthorized\n";
    case 403:
      return "Forbidden\n";
    case 503:
      return "Service Unavailable\n";
    default:
      return "Bad Request\n";
  }
}

void Deny(int http_status, std::string message, const std::string& challenge,
          auth::CheckResponse& out) {
  out.mutable_status()->set_code(static_cast<int>(CodeOf(http_status)));
  out.mutable_status()->set_message(std::move(message));
  auth::DeniedHttpResponse& denied = *out.mutable_denied_response();
  denied.mutable_status()->set_code(http_status);
  if (!challenge.empty()) SetField("www-authenticate", challenge, *denied.add_headers());
  if (http_status == 503) SetField("retry-after", "1", *denied.add_headers());
  SetField("content-type", "text/plain; charset=utf-8", *denied.add_headers());
  SetField("cache-control", "no-store", *denied.add_headers());
  denied.set_body(WordsOf(http_status));
}

void Allow(const GatewayQuestion& question, const GatewayDecision& decision,
           auth::CheckResponse& out) {
  out.mutable_status()->set_code(static_cast<int>(absl::StatusCode::kOk));
  auth::OkHttpResponse& allowed = *out.mutable_ok_response();
  // Envoy removes after it has set: a name is in one of the two lists.
  for (domain::IdentityField& field : domain::IdentityOf(decision)) {
    if (field.value.empty()) {
      allowed.add_headers_to_remove(std::string(field.name));
    } else {
      SetField(field.name, std::move(field.value), *allowed.add_headers());
    }
  }
  for (std::string& name : domain::LookalikesIn(question)) {
    allowed.add_headers_to_remove(std::move(name));
  }
  if (decision.keeps_token()) return;
  allowed.add_headers_to_remove("authorization");
  if (decision.session_cookie.empty() || question.cookies().empty()) return;
  std::string cookies = domain::CookiesSentOn(question, decision);
  if (cookies.empty()) {
    allowed.add_headers_to_remove("cookie");
  } else {
    SetField("cookie", std::move(cookies), *allowed.add_headers());
  }
}

void SetText(const char* name, absl::string_view text, Struct& out) {
  (*out.mutable_fields())[name].set_string_value(std::string(text));
}

void SetNumber(const char* name, int64_t number, Struct& out) {
  (*out.mutable_fields())[name].set_number_value(static_cast<double>(number));
}

void SetTime(const char* name, absl::Time time, Struct& out) {
  SetNumber(name, absl::ToUnixSeconds(time), out);
}

void SetList(const char* name, const token::TextList& texts, Struct& out) {
  if (texts.empty()) return;
  auto& list = *(*out.mutable_fields())[name].mutable_list_value();
  for (const absl::string_view text : texts) list.add_values()->set_string_value(std::string(text));
}

// The claims as they stand in the token: `aud` a list, `scope` one text.
void FromClaims(const token::ClaimsView& claims, Struct& out) {
  SetText("iss", claims.issuer, out);
  SetText("sub", claims.subject, out);
  SetText("client_id", claims.client_id, out);
  SetText("jti", claims.token_id, out);
  SetList("aud", claims.audiences, out);
  SetTime("iat", claims.issued_at, out);
  SetTime("exp", claims.expires_at, out);
  if (claims.not_before) SetTime("nbf", *claims.not_before, out);
  if (claims.session_id) SetText("sid", *claims.session_id, out);
  if (!claims.scopes.empty()) SetText("scope", absl::StrJoin(claims.scopes, " "), out);
  SetList("roles", claims.roles, out);
  SetList("permissions", claims.permissions, out);
  if (claims.email) SetText("email", *claims.email, out);
  if (claims.auth_time) SetTime("auth_time", *claims.auth_time, out);
  if (claims.acr) SetText("acr", *claims.acr, out);
  SetList("amr", claims.amr, out);
}

void FromKnowledge(const GatewayDecision& decision, Struct& out) {
  SetText("result", domain::NameOf(decision.result), out);
  if (!decision.validated) return;
  const domain::ValidateDecision& validated = *decision.validated;
  SetText("revocation_as_of", domain::RevocationAsOf(decision), out);
  SetNumber("key_set_version", validated.key_set_version, out);
  if (decision.result != domain::GatewayResult::kAllowed) return;
  FromClaims(validated.verdict.token().claims(),
             *(*out.mutable_fields())["jwt_payload"].mutable_struct_value());
}

}  // namespace

absl::Status Check(const auth::CheckRequest& request) {
  if (!request.attributes().request().has_http()) {
    return base::FieldError("attributes.request.http", "is missing: only HTTP is judged");
  }
  const HttpRequest& http = request.attributes().request().http();
  SIGNET_RETURN_IF_ERROR(CheckLength("method", http.method(), kMaxMethod));
  SIGNET_RETURN_IF_ERROR(CheckLength("path", http.path(), kMaxPath));
  return CheckLength("host", http.host(), kMaxHost);
}

GatewayQuestion QuestionOf(const auth::CheckRequest& request) {
  const HttpRequest& http = request.attributes().request().http();
  GatewayQuestion question{http.method(), http.host(), http.path(), {}};
  question.fields.reserve(static_cast<size_t>(http.header_map().headers_size()) +
                          http.headers().size());
  for (const core::HeaderValue& header : http.header_map().headers()) {
    question.fields.push_back(
        {header.key(), header.raw_value().empty() ? header.value() : header.raw_value()});
  }
  for (const auto& [name, value] : http.headers()) question.fields.push_back({name, value});
  return question;
}

void FromDecision(const GatewayQuestion& question, const GatewayDecision& decision,
                  auth::CheckResponse& out) {
  if (decision.passes()) {
    Allow(question, decision, out);
  } else {
    Deny(domain::HttpStatusOf(decision.result), std::string(domain::NameOf(decision.result)),
         domain::ChallengeOf(decision), out);
  }
  FromKnowledge(decision, *out.mutable_dynamic_metadata());
}

void FromUnreadable(const absl::Status& why, auth::CheckResponse& out) {
  constexpr auto kInvalid = domain::GatewayResult::kQuestionInvalid;
  Deny(domain::HttpStatusOf(kInvalid), std::string(why.message()), "", out);
  SetText("result", domain::NameOf(kInvalid), *out.mutable_dynamic_metadata());
}

}  // namespace signet::rpc
