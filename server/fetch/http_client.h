#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/base/secret.h"

namespace signet::fetch {

struct HttpRequest {
  std::string method = "GET";
  std::string url = {};
  // "Name: value", without a line end. Secrets, since most of them are credentials.
  std::vector<base::Secret> headers = {};
  base::Secret body = {};
};

struct HttpAnswer {
  int status = 0;
  base::Secret body;
};

// Asks a service whose address the operator wrote. Thread-safe; a request blocks its thread. Each
// has a connection of its own: what asks by this asks seldom.
class HttpClient {
 public:
  enum class Proxy {
    kNone,           // whatever the environment says: for what holds keys
    kOfEnvironment,  // https_proxy and the like
  };
  enum class Trust {
    kAuthorities,  // of ca_file, or of the system; the name has to be the certificate's
    kAnybody,      // for a look at one's own port, which sends nothing secret and believes nothing
  };
  struct Options {
    absl::Duration timeout = absl::Seconds(5);  // of a whole request
    size_t most_bytes = 64 << 10;               // of an answer's body
    std::string ca_file = {};                   // PEM; empty: the authorities of the system
    Proxy proxy = Proxy::kNone;
    Trust trust = Trust::kAuthorities;
  };

  explicit HttpClient(Options options);

  // Any answer of whatever status, redirects too: they are not followed, because the credentials
  // are for the address that the operator wrote.
  //
  // UNAVAILABLE: no answer in time, none of HTTP, none whose certificate can be trusted, or one
  // that is too long. The message says which, and holds nothing of request and answer.
  absl::StatusOr<HttpAnswer> Send(const HttpRequest& request) const;
  // With less time than Options::timeout.
  absl::StatusOr<HttpAnswer> Send(const HttpRequest& request, absl::Duration timeout) const;

 private:
  const Options options_;
};

// `text` for one segment or one form field of a URL (RFC 3986 section 2.3: the rest is escaped).
std::string UrlEscape(absl::string_view text);

}  // namespace signet::fetch
