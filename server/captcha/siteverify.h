#pragma once

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/ports/challenge_provider.h"
#include "server/fetch/http_client.h"

namespace signet::captcha {

// A CAPTCHA provider of the siteverify form: POST of secret, response and remoteip, answered with
// {"success": true|false, …}. reCAPTCHA, hCaptcha and Turnstile differ in the address alone. The
// provider sees to it that each response is good once. Thread-safe; a check blocks its worker.
class Siteverify final : public domain::ChallengeProvider {
 public:
  // What counts when the provider does not answer (or not as expected).
  enum class WhenUnavailable {
    kRefuse,  // OVERLOADED: nobody gets in without a solution
    kAccept,  // solved: the provider's failure is not to lock people out
  };
  struct Options {
    std::string url = {};       // https; http to a loopback address, for tests
    std::string site_key = {};  // public
    absl::Duration timeout = absl::Seconds(3);
    WhenUnavailable when_unavailable = WhenUnavailable::kRefuse;
  };

  Siteverify(Options options, base::Secret secret)
      : options_(std::move(options)),
        secret_(std::move(secret)),
        client_({.timeout = options_.timeout,
                 .most_bytes = 16 << 10,
                 .proxy = fetch::HttpClient::Proxy::kOfEnvironment}) {}

  domain::Challenge Issue(absl::Time now) override;
  absl::StatusOr<bool> Check(absl::string_view solution, const domain::CallInfo& call) override;

 private:
  const Options options_;
  const base::Secret secret_;
  const fetch::HttpClient client_;
};

}  // namespace signet::captcha
