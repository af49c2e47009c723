#pragma once

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/gateways/authz_rules.h"
#include "server/domain/sessions/validate_session.h"
#include "server/domain/tokens/validate_token.h"

namespace signet::domain {

class GatewayObserver;

// A request that a gateway holds back until it has been judged. Views into what the gateway asked.
struct GatewayQuestion {
  struct Field {
    absl::string_view name;  // in letters of either case
    absl::string_view value;
  };
  absl::string_view method;
  absl::string_view host;    // as in Host or :authority, with its port; may be empty
  absl::string_view target;  // as the client sent it, with its query
  // The client's, as far as the gateway hands them over: what came twice stands here twice.
  std::vector<Field> fields;

  // The first `authorization`; empty where there is none.
  absl::string_view authorization() const;

  // Of all `cookie` fields (RFC 6265 section 4.2.1). Blanks around a name, which some servers pass
  // over, are no part of it.
  struct Cookie {
    absl::string_view name;
    absl::string_view value;
    absl::string_view text;  // both, as they came
  };
  std::vector<Cookie> cookies() const;
};

enum class GatewayResult {
  kAllowed,          // its token is good for the rule
  kAnonymous,        // the rule lets everybody in
  kNoToken,          // the rule asks for one
  kTokenRefused,     // by Validate, for the rule's audience
  kRevocationStale,  // it may be good: too little has been heard of revocations (ValidateToken)
  kUnavailable,      // a session token, and the database that knows of it did not answer
  kScopeMissing,     // or a permission
  kNoRule,
  kAmbiguous,        // servers read the request differently
  kQuestionInvalid,  // the gateway did not say which request it is, or the host is none
};

struct GatewayDecision {
  GatewayResult result = GatewayResult::kQuestionInvalid;
  const AuthzRule* rule = nullptr;            // that decided; null where none did
  std::optional<ValidateDecision> validated;  // where a token was judged
  absl::string_view session_cookie;           // the name of the cookie that may hold one, or empty

  bool passes() const {
    return result == GatewayResult::kAllowed || result == GatewayResult::kAnonymous;
  }
  // Of a request that passes: whether the upstream gets the client's Authorization,
  // and the cookie of its session.
  bool keeps_token() const { return rule != nullptr && rule->token == AuthzRule::Token::kKeep; }
};

// Whether a request may pass from a gateway to its upstream: the one decision of every door
// at which gateways ask. The upstream behind the gateway is not known here, so each part of the
// request is taken in every way that servers take it, and all of them must lead to one rule:
//   path     path_readings.h; and X-Original-URL and X-Rewrite-URL, which some frameworks obey
//   method   as it stands and in capitals; and what the fields that override it say
//   host     and X-Forwarded-Host, where rules name hosts
// These fields are known with '_' for '-', too. Whatever a client sends, the work is bounded: what
// is longer than anybody means is refused unread.
// Ambiguous are also two Authorization fields, and a Connection field that would have an
// intermediary take away Authorization or what only a gateway may say.
//
// A session token does as well as an access token, and is extended: as Bearer, or where no
// Authorization comes in the cookie of `cookie`, which must be there once: whoever can set one for
// a parent domain could slip in a session of his own.
//
// Of access tokens no query, no lock, no I/O: it goes on while the database is down, as Validate
// does. Without rules nothing passes. Thread-safe.
class JudgeRequest {
 public:
  // `validate`, `observer` and `sessions` outlive it. `sessions` null: no session token is good.
  // `cookie` empty: none is looked at.
  JudgeRequest(AuthzRules rules, const ValidateToken& validate, GatewayObserver& observer,
               ValidateSession* sessions = nullptr, std::string cookie = "")
      : rules_(std::move(rules)),
        validate_(validate),
        observer_(observer),
        sessions_(sessions),
        cookie_(std::move(cookie)) {}

  // May ask the database about a session token.
  GatewayDecision Run(const GatewayQuestion& question, absl::Time now) const;
  // Never waits. Nothing: Run() has to.
  std::optional<GatewayDecision> RunAtOnce(const GatewayQuestion& question, absl::Time now) const;

 private:
  enum class Waiting { kRefused, kAllowed };
  std::optional<GatewayDecision> Decide(const GatewayQuestion& question, absl::Time now,
                                        Waiting waiting) const;
  std::optional<GatewayDecision> JudgeToken(absl::string_view token, const AuthzRule& rule,
                                            absl::Time now, Waiting waiting) const;
  std::optional<ValidateDecision> Validate(absl::string_view token, const AuthzRule& rule,
                                           absl::Time now, Waiting waiting) const;

  const AuthzRules rules_;
  const ValidateToken& validate_;
  GatewayObserver& observer_;
  ValidateSession* const sessions_;
  const std::string cookie_;
};

}  // namespace signet::domain
