#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "server/connect/methods.h"
#include "server/http/reply.h"
#include "server/http/request.h"

namespace signet::connect {

// Pages of which other origins may call by a browser (the CORS protocol of the Fetch standard).
// Nobody's word but the browser's stands behind an Origin, so this guards its user and not the
// server. Credentials of the browser's own (client certificates) are never admitted: a page calls
// with the token that it holds. Immutable, thread-safe.
class Origins {
 public:
  Origins() = default;  // none
  // "https://app.example.com, http://localhost:3000": compared byte by byte, as browsers write
  // them.
  explicit Origins(absl::string_view list);

  // The answer to a preflight, 204; nothing where the request is none, or of no such page.
  std::optional<http::Reply> Preflight(const http::Request& request, const Method& method) const;

  // Lets such a page read the reply.
  void Admit(const http::Request& request, http::Reply& reply) const;

 private:
  // Empty where it may not call.
  std::string Admitted(const http::Request& request) const;

  std::set<std::string, std::less<>> origins_;
};

}  // namespace signet::connect
