#include "server/console/sign_in.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/base/secret.h"
#include "google/rpc/error_details.pb.h"
#include "google/rpc/status.pb.h"
#include "server/console/page.h"
#include "server/http/oauth/form.h"
#include "signet/v1/auth_service.pb.h"

namespace signet::console {
namespace {

constexpr char kClient[] = "signet-console";

// What an error says to machines.
struct Refusal {
  std::string reason;
  std::optional<int64_t> retry_seconds;  // rounded up
};

Refusal ReadRefusal(const grpc::Status& status) {
  Refusal refusal;
  google::rpc::Status packed;
  (void)packed.ParseFromString(status.error_details());
  for (const auto& detail : packed.details()) {
    google::rpc::ErrorInfo info;
    google::rpc::RetryInfo retry;
    if (detail.UnpackTo(&info)) refusal.reason = info.reason();
    if (detail.UnpackTo(&retry)) {
      refusal.retry_seconds =
          retry.retry_delay().seconds() + (retry.retry_delay().nanos() > 0 ? 1 : 0);
    }
  }
  return refusal;
}

int HttpStatusOf(grpc::StatusCode code) {
  switch (code) {
    case grpc::StatusCode::INVALID_ARGUMENT:
    case grpc::StatusCode::FAILED_PRECONDITION:
      return 400;
    case grpc::StatusCode::UNAUTHENTICATED:
      return 401;
    case grpc::StatusCode::PERMISSION_DENIED:
      return 403;
    case grpc::StatusCode::RESOURCE_EXHAUSTED:
      return 429;
    case grpc::StatusCode::UNAVAILABLE:
    case grpc::StatusCode::DEADLINE_EXCEEDED:
      return 503;
    default:
      return 500;
  }
}

std::string Explained(const Refusal& refusal, const grpc::Status& status) {
  if (refusal.reason == "CREDENTIALS_INVALID") return "E-mail or password is wrong.";
  if (refusal.reason == "CHALLENGE_REQUIRED") {
    return "After failed attempts this login needs a solved challenge, which a page without "
           "scripts "
           "cannot give. Log in with the signet command, and come with its access token, or wait.";
  }
  std::string text = absl::StrCat("Refused: ", status.error_message(), ".");
  if (refusal.retry_seconds) {
    absl::StrAppend(&text, " Try again in ", *refusal.retry_seconds, " s.");
  }
  return text;
}

// What comes with the request besides its form, as the JSON door hands it on.
rpc::OutsideRequest CallOf(const http::Request& request, std::string method, std::string message) {
  rpc::OutsideRequest call;
  call.method = std::move(method);
  call.message = std::move(message);
  call.caller = request.call.peer.address;
  for (const char* name : {"user-agent", "x-request-id", "traceparent"}) {
    const absl::string_view value = request.Find(name);
    if (!value.empty()) call.fields.emplace_back(name, value);
  }
  return call;
}

// The runner has logged the call, and named it.
http::Reply Logged(const rpc::OutsideAnswer& answer, http::Reply reply) {
  for (const auto& [name, value] : answer.fields) {
    if (name == "x-request-id") reply.fields.push_back({"X-Request-Id", value});
  }
  if (answer.ran) reply.logged = http::Reply::Logged::kElsewhere;
  return reply;
}

http::Reply SeeConsole() {
  http::Reply reply{.status = 303};
  reply.fields = {{"Location", "/console"}};
  return reply;
}

Markup LoginForm(absl::string_view why, absl::string_view email) {
  Markup out;
  out.Raw("<form class=\"card\" method=\"post\" action=\"/console/login\">");
  if (why.empty()) {
    out.Raw(
        "<p>What this replica is doing. Every look needs the permission "
        "<code>console.read</code>.</p>");
  } else {
    out.Raw("<p class=\"alert\" role=\"alert\">⚠ ").Text(why).Raw("</p>");
  }
  return out
      .Raw(
          "<label>E-mail<input name=\"email\" type=\"email\" autocomplete=\"username\" required "
          "value=\"")
      .Text(email)
      .Raw(
          "\"></label><label>Password<input name=\"password\" type=\"password\" "
          "autocomplete=\"current-password\" required></label><button>Log in</button></form>");
}

Markup CodeForm(absl::string_view challenge) {
  return Markup()
      .Raw(
          "<form class=\"card\" method=\"post\" action=\"/console/login\"><p>The password was "
          "right. Now the code of your authenticator app, or a recovery code.</p><input "
          "type=\"hidden\" name=\"challenge\" value=\"")
      .Text(challenge)
      .Raw(
          "\"><label>Code<input name=\"code\" autocomplete=\"one-time-code\" inputmode=\"numeric\" "
          "required autofocus></label><button>Go on</button></form>");
}

bool IsTimeCode(absl::string_view code) {
  return code.size() == 6 && std::all_of(code.begin(), code.end(), absl::ascii_isdigit);
}

}  // namespace

http::Reply SignIn::Form(absl::Time now) const { return Again(401, "", "", now); }

http::Reply SignIn::Again(int status, absl::string_view why, absl::string_view email,
                          absl::Time now) const {
  http::Reply reply = PageReply(status, {"Log in", "/console", "", "", now}, LoginForm(why, email));
  // RFC 9110 section 11.6.1; for those who come with a token. Browsers ask nobody for it.
  if (status == 401) reply.fields.push_back({"WWW-Authenticate", "Bearer realm=\"signet\""});
  return reply;
}

void SignIn::LogIn(const http::Request& request, http::Answered answered) const {
  const absl::Time now = request.call.now;
  if (request.method != http::Method::kPost) return answered(SeeConsole());
  if (!SentByOurPage(request)) {
    return answered(Again(403, "This form did not come from a page of this console.", "", now));
  }
  const auto form = http::Form::Read(request, http::Form::Characters::kAny);
  if (!form.ok()) return answered(Again(400, "The form cannot be read.", "", now));
  const absl::string_view challenge = form->Get("challenge");
  if (!challenge.empty()) return Complete(request, challenge, form->Get("code"), answered);
  const std::string email(form->Get("email"));
  if (!IsPlainText(email) || !IsPlainText(form->Get("password"))) {
    return answered(Again(400, "The form is not UTF-8.", "", now));
  }
  v1::LoginRequest login;
  login.set_email(email);
  login.set_password(std::string(form->Get("password")));
  login.set_client_id(kClient);
  login.set_device_name("console");
  std::string message = login.SerializeAsString();
  base::Wipe(*login.mutable_password());
  carrier_(CallOf(request, "signet.v1.AuthService/Login", std::move(message)),
           [this, email, now, answered = std::move(answered)](rpc::OutsideAnswer answer) {
             http::Reply reply = answer.status.ok() ? LoggedIn(std::move(answer.message), now)
                                                    : Refused(answer.status, email, now);
             answered(Logged(answer, std::move(reply)));
           });
}

void SignIn::Complete(const http::Request& request, absl::string_view challenge,
                      absl::string_view code, http::Answered answered) const {
  const absl::Time now = request.call.now;
  if (!IsPlainText(challenge) || !IsPlainText(code)) {
    return answered(Again(400, "The form is not UTF-8.", "", now));
  }
  v1::CompleteMfaRequest complete;
  complete.set_challenge(std::string(challenge));
  const absl::string_view typed = absl::StripAsciiWhitespace(code);
  if (IsTimeCode(typed)) {
    complete.set_code(std::string(typed));
  } else {
    complete.set_recovery_code(std::string(typed));
  }
  carrier_(CallOf(request, "signet.v1.AuthService/CompleteMfa", complete.SerializeAsString()),
           [this, now, answered = std::move(answered)](rpc::OutsideAnswer answer) {
             http::Reply reply = answer.status.ok() ? Completed(std::move(answer.message), now)
                                                    : Refused(answer.status, "", now);
             answered(Logged(answer, std::move(reply)));
           });
}

http::Reply SignIn::LoggedIn(std::string message, absl::Time now) const {
  v1::LoginResponse response;
  const bool read = response.ParseFromString(message);
  base::Wipe(message);
  if (!read) return http::ErrorReply(500);
  if (response.has_mfa_challenge()) {
    return PageReply(200, {"Log in", "/console", "", "", now},
                     CodeForm(response.mfa_challenge().challenge()));
  }
  return Enter(response.tokens().access_token(),
               absl::Seconds(response.tokens().expires_in().seconds()), now);
}

http::Reply SignIn::Completed(std::string message, absl::Time now) const {
  v1::CompleteMfaResponse response;
  const bool read = response.ParseFromString(message);
  base::Wipe(message);
  // A challenge of CreateSession is answered with a session token, which no page here has asked
  // for.
  if (!read || !response.has_tokens()) {
    return Again(400, "This challenge is not one of the console.", "", now);
  }
  return Enter(response.tokens().access_token(),
               absl::Seconds(response.tokens().expires_in().seconds()), now);
}

http::Reply SignIn::Enter(absl::string_view token, absl::Duration life, absl::Time now) const {
  if (token.size() > kLargestCookieToken) {
    return Again(400, "The access token is larger than a cookie may be. Come with it as Bearer.",
                 "", now);
  }
  http::Reply reply = SeeConsole();
  reply.fields.push_back({"Set-Cookie", SetCookie(token, life, browsers_)});
  return reply;
}

http::Reply SignIn::Refused(const grpc::Status& status, absl::string_view email,
                            absl::Time now) const {
  const Refusal refusal = ReadRefusal(status);
  http::Reply reply =
      Again(HttpStatusOf(status.error_code()), Explained(refusal, status), email, now);
  if (refusal.retry_seconds) {
    reply.fields.push_back({"Retry-After", absl::StrCat(*refusal.retry_seconds)});
  }
  return reply;
}

void SignIn::LogOut(const http::Request& request, http::Answered answered) const {
  const absl::Time now = request.call.now;
  if (request.method != http::Method::kPost) return answered(SeeConsole());
  if (!SentByOurPage(request)) {
    return answered(Again(403, "This form did not come from a page of this console.", "", now));
  }
  rpc::OutsideRequest call = CallOf(request, "signet.v1.AuthService/Logout", "");
  call.fields.emplace_back("authorization",
                           absl::StrCat("Bearer ", AccessTokenOf(request, browsers_)));
  carrier_(std::move(call), [this, now, answered = std::move(answered)](rpc::OutsideAnswer answer) {
    const bool ended =
        answer.status.ok() || answer.status.error_code() == grpc::StatusCode::UNAUTHENTICATED;
    http::Reply reply = ended ? SeeConsole() : Refused(answer.status, "", now);
    if (ended) reply.fields.push_back({"Set-Cookie", ClearCookie(browsers_)});
    answered(Logged(answer, std::move(reply)));
  });
}

}  // namespace signet::console
