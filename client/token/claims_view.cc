#include "client/token/claims_view.h"

namespace signet::token {
namespace {

std::optional<std::string> Owned(const std::optional<absl::string_view>& text) {
  if (!text) return std::nullopt;
  return std::string(*text);
}

}  // namespace

void TextList::Pack(const std::vector<std::string>& texts, std::string& out) {
  for (const std::string& text : texts) {
    const auto size = static_cast<uint32_t>(text.size());
    out.append(reinterpret_cast<const char*>(&size), kSizeBytes);
    out += text;
  }
}

std::vector<std::string> TextList::ToVector() const {
  std::vector<std::string> texts;
  for (const absl::string_view text : *this) texts.emplace_back(text);
  return texts;
}

AccessTokenClaims ClaimsView::ToClaims() const {
  AccessTokenClaims claims;
  claims.audiences = audiences.ToVector();
  claims.expires_at = expires_at;
  claims.issued_at = issued_at;
  claims.not_before = not_before;
  claims.issuer = std::string(issuer);
  claims.subject = std::string(subject);
  claims.client_id = std::string(client_id);
  claims.token_id = std::string(token_id);
  claims.session_id = Owned(session_id);
  claims.scopes = scopes.ToVector();
  claims.roles = roles.ToVector();
  claims.permissions = permissions.ToVector();
  claims.email = Owned(email);
  claims.auth_time = auth_time;
  claims.acr = Owned(acr);
  claims.amr = amr.ToVector();
  return claims;
}

}  // namespace signet::token
