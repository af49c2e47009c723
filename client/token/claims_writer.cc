#include "client/token/claims_writer.h"

#include <charconv>
#include <optional>
#include <vector>

#include "absl/strings/string_view.h"
#include "client/token/json.h"

namespace signet::token {
namespace {

// Names are ours and need no escaping.
void Name(absl::string_view name, std::string& out) {
  if (out.back() != '{') out.push_back(',');
  out.push_back('"');
  out.append(name.data(), name.size());
  out.append("\":");
}

void Text(absl::string_view name, absl::string_view value, std::string& out) {
  Name(name, out);
  AppendJsonString(value, out);
}

void Text(absl::string_view name, const std::optional<std::string>& value, std::string& out) {
  if (value) Text(name, absl::string_view(*value), out);
}

void Time(absl::string_view name, absl::Time value, std::string& out) {
  Name(name, out);
  char digits[24];
  const auto end = std::to_chars(digits, digits + sizeof(digits), absl::ToUnixSeconds(value)).ptr;
  out.append(digits, static_cast<size_t>(end - digits));
}

void Time(absl::string_view name, const std::optional<absl::Time>& value, std::string& out) {
  if (value) Time(name, *value, out);
}

void Texts(absl::string_view name, const std::vector<std::string>& values, std::string& out) {
  if (values.empty()) return;
  Name(name, out);
  char separator = '[';
  for (const std::string& value : values) {
    out.push_back(separator);
    AppendJsonString(value, out);
    separator = ',';
  }
  out.push_back(']');
}

void Audiences(const std::vector<std::string>& audiences, std::string& out) {
  if (audiences.size() == 1) {
    Text("aud", absl::string_view(audiences[0]), out);
  } else {
    Texts("aud", audiences, out);
  }
}

void Scopes(const std::vector<std::string>& scopes, std::string& out) {
  if (scopes.empty()) return;
  Name("scope", out);
  AppendJsonString(scopes[0], out);
  for (size_t i = 1; i < scopes.size(); ++i) {
    // Each is written as a string of its own; the quotes between two become one space.
    out.back() = ' ';
    const size_t quote = out.size();
    AppendJsonString(scopes[i], out);
    out.erase(quote, 1);
  }
}

}  // namespace

void WriteClaims(const AccessTokenClaims& claims, std::string& out) {
  WriteClaims(claims, claims.issuer, out);
}

void WriteClaims(const AccessTokenClaims& claims, absl::string_view issuer, std::string& out) {
  out.push_back('{');
  Text("iss", issuer, out);
  Text("sub", absl::string_view(claims.subject), out);
  Audiences(claims.audiences, out);
  Text("client_id", absl::string_view(claims.client_id), out);
  Time("iat", claims.issued_at, out);
  Time("exp", claims.expires_at, out);
  Text("jti", absl::string_view(claims.token_id), out);
  Time("nbf", claims.not_before, out);
  Text("sid", claims.session_id, out);
  Scopes(claims.scopes, out);
  Texts("roles", claims.roles, out);
  Texts("permissions", claims.permissions, out);
  Text("email", claims.email, out);
  Time("auth_time", claims.auth_time, out);
  Text("acr", claims.acr, out);
  Texts("amr", claims.amr, out);
  out.push_back('}');
}

}  // namespace signet::token
