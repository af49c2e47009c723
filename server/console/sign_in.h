#pragma once

#include <functional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "server/console/session_cookie.h"
#include "server/http/reply.h"
#include "server/rpc/outside_call.h"

namespace signet::console {

// How a person gets in and out: forms in, RPCs of the call runner (AuthService.Login, CompleteMfa,
// Logout), pages out. Whatever holds for those (rates, locks, equal work and equal time of
// refusals, audit, metrics, the log line) holds here, because they are the same calls; no thread
// waits for them. Every answer is given once, now or later. Thread-safe.
class SignIn {
 public:
  // As connect::Door's.
  using Carrier = std::function<void(rpc::OutsideRequest, rpc::OutsideDone)>;

  SignIn(Carrier carrier, Browsers browsers) : carrier_(std::move(carrier)), browsers_(browsers) {}

  // The form, for whoever has no session, or one that has expired. 401.
  http::Reply Form(absl::Time now) const;

  // POST of that form (email, password), or of the one after it (challenge, code: six digits, or
  // else a recovery code). The short access token of the new session becomes the cookie and 303
  // leads to the console; the refresh token is dropped, so that the session ends here with the
  // token. 200 with the second form where a second factor is asked for. 401, 429, 503, …, with the
  // first form again, where the call is refused; 403 for a form of another origin.
  void LogIn(const http::Request& request, http::Answered answered) const;

  // POST: ends the session, drops the cookie, and 303 leads to the form. A session that has ended
  // already is no error; one that cannot be ended (no database) is kept, and the page says so.
  void LogOut(const http::Request& request, http::Answered answered) const;

 private:
  void Complete(const http::Request& request, absl::string_view challenge, absl::string_view code,
                http::Answered answered) const;
  http::Reply LoggedIn(std::string message, absl::Time now) const;
  http::Reply Completed(std::string message, absl::Time now) const;
  http::Reply Enter(absl::string_view token, absl::Duration life, absl::Time now) const;
  http::Reply Refused(const grpc::Status& status, absl::string_view email, absl::Time now) const;
  // The form with a word about why it is shown again.
  http::Reply Again(int status, absl::string_view why, absl::string_view email,
                    absl::Time now) const;

  const Carrier carrier_;
  const Browsers browsers_;
};

}  // namespace signet::console
