#include "server/captcha/siteverify.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/token/json.h"

namespace signet::captcha {
namespace {

// Appends "&name=value", escaped.
void AppendField(absl::string_view name, absl::string_view value, std::string& form) {
  std::string escaped = fetch::UrlEscape(value);
  absl::StrAppend(&form, form.empty() ? "" : "&", name, "=", escaped);
  base::Wipe(escaped);
}

// Nothing for an answer that is not of the form.
std::optional<bool> ReadSuccess(absl::string_view answer) {
  token::JsonReader reader;
  const auto object = reader.ReadObject(answer);
  bool success = false;
  if (!object || object->at_key("success").get(success) != simdjson::SUCCESS) return std::nullopt;
  return success;
}

}  // namespace

domain::Challenge Siteverify::Issue(absl::Time) {
  domain::Challenge challenge;
  challenge.kind = domain::Challenge::Kind::kCaptcha;
  challenge.site_key = options_.site_key;
  challenge.expires_at = absl::InfiniteFuture();
  return challenge;
}

absl::StatusOr<bool> Siteverify::Check(absl::string_view solution, const domain::CallInfo& call) {
  std::string form;
  AppendField("secret", secret_.reveal(), form);
  AppendField("response", solution, form);
  if (!call.peer.address.empty()) AppendField("remoteip", call.peer.address, form);
  fetch::HttpRequest request;
  request.method = "POST";
  request.url = options_.url;
  request.body = base::Secret(std::move(form));
  const absl::Duration timeout =
      std::clamp(call.deadline - call.now, absl::Milliseconds(1), options_.timeout);
  const auto answer = client_.Send(request, timeout);
  std::optional<bool> success;
  if (answer.ok() && answer->status == 200) success = ReadSuccess(answer->body.reveal());
  if (success) return *success;
  if (options_.when_unavailable == WhenUnavailable::kAccept) return true;
  return base::Overloaded("challenges cannot be judged at the moment", absl::Seconds(2));
}

}  // namespace signet::captcha
