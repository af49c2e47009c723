#include "server/mail/smtp_transport.h"

#include <algorithm>
#include <cstring>

#include <curl/curl.h>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace signet::mail {
namespace {

// Which command the server answered last.
enum class Stage { kOther, kRecipient, kMessage };

struct Exchange {
  absl::string_view rest;  // of the message, not yet given to curl
  Stage stage = Stage::kOther;
};

size_t Read(char* out, size_t size, size_t count, void* context) {
  auto& exchange = *static_cast<Exchange*>(context);
  const size_t taken = std::min(size * count, exchange.rest.size());
  std::memcpy(out, exchange.rest.data(), taken);
  exchange.rest.remove_prefix(taken);
  return taken;
}

// Sees the commands go by. Nothing is kept of them: AUTH carries the password.
int Watch(CURL* /*handle*/, curl_infotype type, char* data, size_t size, void* context) {
  if (type != CURLINFO_HEADER_OUT) return 0;
  const absl::string_view line(data, size);
  auto& exchange = *static_cast<Exchange*>(context);
  if (absl::StartsWith(line, "RCPT ")) {
    exchange.stage = Stage::kRecipient;
  } else if (absl::StartsWith(line, "DATA")) {
    exchange.stage = Stage::kMessage;
  } else if (!absl::StartsWith(line, "QUIT")) {  // which follows a refusal and is not its stage
    exchange.stage = Stage::kOther;
  }
  return 0;
}

absl::string_view NameOf(Stage stage) {
  switch (stage) {
    case Stage::kRecipient:
      return " to the recipient";
    case Stage::kMessage:
      return " to the message";
    case Stage::kOther:
      return "";
  }
  return "";
}

absl::string_view Explain(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "the mail server's name cannot be resolved";
    case CURLE_COULDNT_CONNECT:
      return "cannot connect to the mail server";
    case CURLE_OPERATION_TIMEDOUT:
      return "the mail server took too long";
    case CURLE_LOGIN_DENIED:
      return "the mail server refused the login";
    case CURLE_USE_SSL_FAILED:
      return "the mail server offers no TLS";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "no TLS connection that can be trusted";
    default:
      return "the connection to the mail server broke";
  }
}

Delivery Judge(CURLcode code, long answer, Stage stage) {
  if (code == CURLE_OK) return {Delivery::Outcome::kTaken, ""};
  // Of a transfer that timed out or broke, the last answer was to an earlier command.
  const bool answered = code == CURLE_SEND_ERROR || code == CURLE_WEIRD_SERVER_REPLY ||
                        code == CURLE_RECV_ERROR || code == CURLE_LOGIN_DENIED;
  if (!answered || answer < 400) {
    return {Delivery::Outcome::kLater, std::string(Explain(code))};
  }
  const bool final = answer >= 500 && stage != Stage::kOther;
  return {final ? Delivery::Outcome::kRefused : Delivery::Outcome::kLater,
          absl::StrCat("SMTP ", answer, NameOf(stage))};
}

}  // namespace

struct SmtpTransport::Handle {
  CURL* curl = nullptr;
  ~Handle() { curl_easy_cleanup(curl); }
};

SmtpTransport::SmtpTransport(const Options& options, std::unique_ptr<Handle> handle)
    : options_(options), handle_(std::move(handle)) {}

SmtpTransport::~SmtpTransport() = default;

absl::StatusOr<std::unique_ptr<SmtpTransport>> SmtpTransport::Create(const Options& options) {
  if (!absl::StartsWith(options.url, "smtp://") && !absl::StartsWith(options.url, "smtps://")) {
    return absl::InvalidArgumentError("mail.smtp_url is neither smtp:// nor smtps://");
  }
  static const CURLcode initialised = curl_global_init(CURL_GLOBAL_DEFAULT);
  auto handle = std::make_unique<Handle>();
  handle->curl = curl_easy_init();
  if (initialised != CURLE_OK || handle->curl == nullptr) {
    return absl::InternalError("libcurl cannot be initialised");
  }
  return std::unique_ptr<SmtpTransport>(new SmtpTransport(options, std::move(handle)));
}

Delivery SmtpTransport::Send(const Letter& letter) {
  CURL* curl = handle_->curl;
  Exchange exchange{letter.message};
  curl_slist* recipients = curl_slist_append(nullptr, absl::StrCat("<", letter.to, ">").c_str());
  const std::string from = absl::StrCat("<", letter.from, ">");
  const std::string password(options_.password.reveal());

  curl_easy_reset(curl);  // options, not the open connection
  curl_easy_setopt(curl, CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "smtp,smtps");
  curl_easy_setopt(curl, CURLOPT_PROXY, "");  // of the environment: not for mail
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.timeout / 2)));
  curl_easy_setopt(
      curl, CURLOPT_USE_SSL,
      static_cast<long>(options_.tls == Tls::kRequired ? CURLUSESSL_ALL : CURLUSESSL_NONE));
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (!options_.ca_file.empty()) {
    curl_easy_setopt(curl, CURLOPT_CAINFO, options_.ca_file.c_str());
    curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
  }
  if (!options_.username.empty()) {
    curl_easy_setopt(curl, CURLOPT_USERNAME, options_.username.c_str());
    curl_easy_setopt(curl, CURLOPT_PASSWORD, password.c_str());
  }
  curl_easy_setopt(curl, CURLOPT_MAIL_FROM, from.c_str());
  curl_easy_setopt(curl, CURLOPT_MAIL_RCPT, recipients);
  curl_easy_setopt(curl, CURLOPT_UPLOAD, 1L);
  curl_easy_setopt(curl, CURLOPT_READFUNCTION, &Read);
  curl_easy_setopt(curl, CURLOPT_READDATA, &exchange);
  curl_easy_setopt(curl, CURLOPT_VERBOSE, 1L);  // to Watch() alone
  curl_easy_setopt(curl, CURLOPT_DEBUGFUNCTION, &Watch);
  curl_easy_setopt(curl, CURLOPT_DEBUGDATA, &exchange);

  const CURLcode code = curl_easy_perform(curl);
  long answer = 0;
  curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &answer);
  curl_slist_free_all(recipients);
  return Judge(code, answer, exchange.stage);
}

}  // namespace signet::mail
