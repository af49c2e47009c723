#include "client/verifier/jwks_watch.h"

#include <algorithm>
#include <memory>
#include <utility>

#include <curl/curl.h>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"

namespace signet::verifier {
namespace {

constexpr size_t kMostAnswerBytes = size_t{1} << 20;
constexpr size_t kMostFieldBytes = 1024;

using Curl = std::unique_ptr<CURL, decltype(&curl_easy_cleanup)>;
using CurlList = std::unique_ptr<curl_slist, decltype(&curl_slist_free_all)>;

// curl wants its process-wide part made before any thread uses it.
void InitialiseOnce() {
  static const CURLcode made = curl_global_init(CURL_GLOBAL_DEFAULT);
  (void)made;
}

size_t CollectBody(const char* data, size_t size, size_t count, void* to) {
  std::string& body = static_cast<JwksWatch::Answer*>(to)->body;
  if (body.size() + size * count > kMostAnswerBytes) return 0;  // curl gives up
  body.append(data, size * count);
  return size * count;
}

size_t CollectField(const char* data, size_t size, size_t count, void* to) {
  auto& answer = *static_cast<JwksWatch::Answer*>(to);
  const absl::string_view line(data, size * count);
  const std::pair<absl::string_view, absl::string_view> field =
      absl::StrSplit(line, absl::MaxSplits(':', 1));
  const absl::string_view value = absl::StripAsciiWhitespace(field.second);
  if (value.size() > kMostFieldBytes) return size * count;
  if (absl::EqualsIgnoreCase(field.first, "etag")) answer.etag = std::string(value);
  if (absl::EqualsIgnoreCase(field.first, "cache-control")) {
    answer.cache_control = std::string(value);
  }
  return size * count;
}

int StopWhereWanted(void* stopping, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::atomic<bool>*>(stopping)->load() ? 1 : 0;
}

}  // namespace

absl::Duration FreshnessOf(absl::string_view cache_control) {
  for (absl::string_view directive : absl::StrSplit(cache_control, ',')) {
    directive = absl::StripAsciiWhitespace(directive);
    const std::string lower = absl::AsciiStrToLower(directive);
    absl::string_view seconds = lower;
    int64_t number = 0;
    if (!absl::ConsumePrefix(&seconds, "max-age=") || !absl::SimpleAtoi(seconds, &number)) continue;
    return std::clamp(absl::Seconds(number), absl::Seconds(10), absl::Hours(1));
  }
  return absl::Minutes(5);
}

JwksWatch::JwksWatch(Options options, Knowledge& knowledge, const base::Clock& clock,
                     VerifierObserver* observer)
    : options_(std::move(options)),
      knowledge_(knowledge),
      clock_(clock),
      observer_(observer),
      backoff_(options_.first_pause, options_.longest_pause),
      thread_(
          "sgv-jwks", [this] { return Fetch(); }, [this] { stopping_ = true; }) {}

bool JwksWatch::KnowsAllKeys(absl::Time now) {
  if (now - knowledge_.keys_as_of() <= options_.unknown_key_pause) return true;
  // Whoever makes up key names must not make us knock at a server that is down all the time.
  int64_t tried_at = tried_at_.load();
  if (now - absl::FromUnixNanos(tried_at) > options_.unknown_key_pause &&
      tried_at_.compare_exchange_strong(tried_at, absl::ToUnixNanos(now))) {
    thread_.Wake();
  }
  return false;
}

absl::Duration JwksWatch::Fetch() {
  const absl::Time asked_at = clock_.Now();
  tried_at_ = absl::ToUnixNanos(asked_at);
  const auto fresh_for = Take(Get(), asked_at);
  if (!fresh_for) return backoff_.Next();
  backoff_.Worked();
  return Jittered(*fresh_for, 0.5, 0.9);
}

// What came is as old as the question: keys may be new since.
std::optional<absl::Duration> JwksWatch::Take(const Answer& answer, absl::Time asked_at) {
  const bool unchanged = answer.status == 304 && !in_force_.empty();
  if (!unchanged && answer.status != 200) return std::nullopt;
  if (!unchanged && answer.body != in_force_) {
    auto keys = token::ParseKeySet(answer.body);
    if (!keys.ok()) return std::nullopt;
    knowledge_.PutKeys(std::make_shared<const token::KeySet>(*std::move(keys)), ++version_,
                       asked_at);
    in_force_ = answer.body;
    if (observer_ != nullptr) observer_->OnKeySet(version_);
  }
  if (!unchanged) etag_ = answer.etag;
  knowledge_.KeysWereCurrentAt(asked_at);
  return FreshnessOf(answer.cache_control);
}

JwksWatch::Answer JwksWatch::Get() const {
  InitialiseOnce();
  Answer answer;
  const Curl curl(curl_easy_init(), &curl_easy_cleanup);
  if (curl == nullptr) return answer;
  CurlList fields(nullptr, &curl_slist_free_all);
  if (!etag_.empty()) {
    fields.reset(curl_slist_append(nullptr, absl::StrCat("If-None-Match: ", etag_).c_str()));
  }
  curl_easy_setopt(curl.get(), CURLOPT_URL, options_.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, "https,http");
  curl_easy_setopt(curl.get(), CURLOPT_HTTPHEADER, fields.get());
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT_MS,
                   static_cast<long>(absl::ToInt64Milliseconds(options_.timeout)));
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, &CollectBody);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERFUNCTION, &CollectField);
  curl_easy_setopt(curl.get(), CURLOPT_HEADERDATA, &answer);
  curl_easy_setopt(curl.get(), CURLOPT_NOPROGRESS, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFOFUNCTION, &StopWhereWanted);
  curl_easy_setopt(curl.get(), CURLOPT_XFERINFODATA, const_cast<std::atomic<bool>*>(&stopping_));
  long status = 0;
  if (curl_easy_perform(curl.get()) != CURLE_OK) return answer;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  answer.status = status;
  return answer;
}

}  // namespace signet::verifier
