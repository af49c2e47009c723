#include "server/captcha/siteverify.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <curl/curl.h>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/token/json.h"

namespace signet::captcha {
namespace {

constexpr size_t kMostAnswerBytes = 16 << 10;

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// curl wants its process-wide part made before any thread uses it.
void InitialiseOnce() {
  static const CURLcode made = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)made;
}

size_t Collect(const char* data, size_t size, size_t count, void* to) {
  auto& answer = *static_cast<std::string*>(to);
  if (answer.size() + size * count > kMostAnswerBytes) return 0;  // curl gives up
  answer.append(data, size * count);
  return size * count;
}

// Appends "&name=value", escaped.
void AppendField(CURL* curl, absl::string_view name, absl::string_view value, std::string& form) {
  char* escaped = curl_easy_escape(curl, value.data(), static_cast<int>(value.size()));
  absl::StrAppend(&form, form.empty() ? "" : "&", name, "=", escaped == nullptr ? "" : escaped);
  curl_free(escaped);
}

// The answer's body; nothing when there is none of status 200 in time.
std::optional<std::string> Post(CURL* curl, const std::string& url, const base::Secret& form,
                                absl::Duration timeout) {
  std::string answer;
  curl_easy_setopt(curl, CURLOPT_URL, url.c_str());
  // No redirects: the secret goes where the operator said, and nowhere else.
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(form.size()));
  curl_easy_setopt(curl, CURLOPT_POSTFIELDS, form.reveal().data());
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, static_cast<long>(absl::ToInt64Milliseconds(timeout)));
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &answer);
  long status = 0;
  if (curl_easy_perform(curl) != CURLE_OK) return std::nullopt;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return std::nullopt;
  return answer;
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
  InitialiseOnce();
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  std::optional<bool> success;
  if (curl != nullptr) {
    std::string form;
    AppendField(curl.get(), "secret", secret_.reveal(), form);
    AppendField(curl.get(), "response", solution, form);
    if (!call.peer.address.empty()) AppendField(curl.get(), "remoteip", call.peer.address, form);
    const base::Secret body(std::move(form));
    const absl::Duration timeout =
        std::clamp(call.deadline - call.now, absl::Milliseconds(1), options_.timeout);
    const auto answer = Post(curl.get(), options_.url, body, timeout);
    if (answer) success = ReadSuccess(*answer);
  }
  if (success) return *success;
  if (options_.when_unavailable == WhenUnavailable::kAccept) return true;
  return base::Overloaded("challenges cannot be judged at the moment", absl::Seconds(2));
}

}  // namespace signet::captcha
