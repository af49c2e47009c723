#include "server/fetch/http_client.h"

#include <algorithm>
#include <cstring>
#include <memory>
#include <utility>

#include <curl/curl.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace signet::fetch {
namespace {

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;

// curl wants its process-wide part made before any thread uses it.
void InitialiseOnce() {
  static const CURLcode made = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)made;
}

// curl copies header lines; they hold credentials, so the copies are wiped.
class HeaderList {
 public:
  explicit HeaderList(const std::vector<base::Secret>& lines) {
    for (const base::Secret& line : lines) {
      std::string text(line.reveal());
      list_ = curl_slist_append(list_, text.c_str());
      base::Wipe(text);
    }
  }
  ~HeaderList() {
    for (curl_slist* line = list_; line != nullptr; line = line->next) {
      explicit_bzero(line->data, std::strlen(line->data));
    }
    curl_slist_free_all(list_);
  }
  HeaderList(const HeaderList&) = delete;
  HeaderList& operator=(const HeaderList&) = delete;
  curl_slist* get() const { return list_; }

 private:
  curl_slist* list_ = nullptr;
};

struct Body {
  std::string bytes;
  size_t most;
};

size_t Collect(const char* data, size_t size, size_t count, void* to) {
  auto& body = *static_cast<Body*>(to);
  if (size * count > body.most - body.bytes.size()) return 0;  // curl gives up
  body.bytes.append(data, size * count);
  return size * count;
}

absl::string_view Explain(CURLcode code) {
  switch (code) {
    case CURLE_COULDNT_RESOLVE_HOST:
      return "its name cannot be resolved";
    case CURLE_COULDNT_CONNECT:
      return "cannot connect";
    case CURLE_OPERATION_TIMEDOUT:
      return "no answer in time";
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
    case CURLE_SSL_CACERT_BADFILE:
      return "no TLS connection that can be trusted";
    case CURLE_WRITE_ERROR:
      return "the answer is too long";
    default:
      return "the connection broke";
  }
}

void SetTransport(CURL* curl, const HttpClient::Options& options, absl::Duration timeout) {
  const long millis = std::max<long>(1, static_cast<long>(absl::ToInt64Milliseconds(timeout)));
  curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, millis);
  curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl, CURLOPT_SSLVERSION, static_cast<long>(CURL_SSLVERSION_TLSv1_2));
  if (options.proxy == HttpClient::Proxy::kNone) curl_easy_setopt(curl, CURLOPT_PROXY, "");
  if (options.trust == HttpClient::Trust::kAnybody) {
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
  }
  if (options.ca_file.empty()) return;
  curl_easy_setopt(curl, CURLOPT_CAINFO, options.ca_file.c_str());
  curl_easy_setopt(curl, CURLOPT_CAPATH, nullptr);
}

void SetMessage(CURL* curl, const HttpRequest& request, const HeaderList& headers, Body& body) {
  curl_easy_setopt(curl, CURLOPT_URL, request.url.c_str());
  if (!request.body.empty()) {
    curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE, static_cast<long>(request.body.size()));
    curl_easy_setopt(curl, CURLOPT_POSTFIELDS, request.body.reveal().data());
  }
  curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, request.method.c_str());
  curl_easy_setopt(curl, CURLOPT_HTTPHEADER, headers.get());
  curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, &Collect);
  curl_easy_setopt(curl, CURLOPT_WRITEDATA, &body);
}

}  // namespace

HttpClient::HttpClient(Options options) : options_(std::move(options)) { InitialiseOnce(); }

absl::StatusOr<HttpAnswer> HttpClient::Send(const HttpRequest& request) const {
  return Send(request, options_.timeout);
}

absl::StatusOr<HttpAnswer> HttpClient::Send(const HttpRequest& request,
                                            absl::Duration timeout) const {
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return absl::UnavailableError("libcurl cannot be initialised");
  const HeaderList headers(request.headers);
  Body body{{}, options_.most_bytes};
  // At once: growing would leave copies of what may be a secret behind.
  body.bytes.reserve(options_.most_bytes);
  SetTransport(curl.get(), options_, std::min(timeout, options_.timeout));
  SetMessage(curl.get(), request, headers, body);
  const CURLcode code = curl_easy_perform(curl.get());
  HttpAnswer answer;
  answer.body = base::Secret(std::move(body.bytes));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (code != CURLE_OK) return absl::UnavailableError(Explain(code));
  answer.status = static_cast<int>(status);
  return answer;
}

std::string UrlEscape(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    const bool plain = absl::ascii_isalnum(byte) || c == '-' || c == '.' || c == '_' || c == '~';
    if (plain) {
      escaped.push_back(c);
    } else {
      absl::StrAppend(&escaped, absl::StrFormat("%%%02X", byte));
    }
  }
  return escaped;
}

}  // namespace signet::fetch
