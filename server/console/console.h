#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "server/console/facts.h"
#include "server/console/history.h"
#include "server/console/sign_in.h"
#include "server/domain/caller.h"
#include "server/http/reply.h"

namespace signet::console {

// The status console: pages of HTML and SVG below /console of the HTTP port that show what this
// replica is doing. They change nothing, run no script and load nothing from elsewhere.
// Thread-safe.
class Console {
 public:
  // Whose session the access token is: TOKEN_INVALID for one that does not count (here, now).
  using Judge = std::function<absl::StatusOr<domain::Caller>(absl::string_view token, absl::Time)>;

  struct Uses {
    const History& history;  // outlives it
    Facts facts;
    Judge judge;
    SignIn::Carrier carrier;
  };
  Console(Uses uses, Browsers browsers)
      : uses_(std::move(uses)), browsers_(browsers), sign_in_(uses_.carrier, browsers) {}

  // GET /console and below, POST /console/login and /console/logout, the stylesheet and the icon.
  // The console outlives them.
  std::vector<http::Route> Routes() const;

  // One page. 401 with the login form without a session; 403 for one without the permission
  // console.read, whatever the page; 404 where there is no such page.
  http::Reply Answer(const http::Request& request) const;

 private:
  http::Reply Page(const http::Request& request, const domain::Caller& caller) const;

  const Uses uses_;
  const Browsers browsers_;
  const SignIn sign_in_;
};

}  // namespace signet::console
