#include "client/token/verified_entry.h"

#include <cstring>
#include <limits>
#include <new>
#include <optional>
#include <string>
#include <vector>

#include "absl/time/time.h"

namespace signet::token {
namespace {

constexpr int64_t kNoTime = std::numeric_limits<int64_t>::min();

int64_t SecondsOf(const std::optional<absl::Time>& time) {
  return time ? absl::ToUnixSeconds(*time) : kNoTime;
}

std::optional<absl::Time> TimeOf(int64_t seconds) {
  if (seconds == kNoTime) return std::nullopt;
  return absl::FromUnixSeconds(seconds);
}

std::optional<absl::string_view> NonEmpty(absl::string_view text) {
  if (text.empty()) return std::nullopt;
  return text;
}

// Each appends what one claim says and returns where it ends.
uint32_t Put(absl::string_view text, std::string& out) {
  out.append(text.data(), text.size());
  return static_cast<uint32_t>(out.size());
}
uint32_t Put(const std::optional<std::string>& text, std::string& out) {
  return Put(text ? absl::string_view(*text) : absl::string_view(), out);
}
uint32_t Put(const std::vector<std::string>& texts, std::string& out) {
  TextList::Pack(texts, out);
  return static_cast<uint32_t>(out.size());
}

char* Copy(absl::string_view bytes, char* to) {
  if (!bytes.empty()) std::memcpy(to, bytes.data(), bytes.size());
  return to + bytes.size();
}

}  // namespace

VerifiedEntryRef VerifiedEntry::Make(const Parts& parts) {
  const AccessTokenClaims& c = parts.claims;
  // The thread keeps their room for its next token.
  thread_local std::string audiences, names, texts;
  for (std::string* text : {&audiences, &names, &texts}) text->clear();

  TextList::Pack(c.audiences, audiences);
  std::array<uint32_t, kNames> name_ends;
  name_ends[kTokenId] = Put(absl::string_view(c.token_id), names);
  name_ends[kSessionId] = Put(c.session_id, names);
  name_ends[kSubject] = Put(absl::string_view(c.subject), names);
  name_ends[kKeyId] = Put(parts.key_id, names);

  Rest rest{.key_fingerprint = parts.key_fingerprint, .auth_time = SecondsOf(c.auth_time)};
  rest.ends[kIssuer] = Put(absl::string_view(c.issuer), texts);
  rest.ends[kClientId] = Put(absl::string_view(c.client_id), texts);
  rest.ends[kScopes] = Put(c.scopes, texts);
  rest.ends[kRoles] = Put(c.roles, texts);
  rest.ends[kPermissions] = Put(c.permissions, texts);
  rest.ends[kEmail] = Put(c.email, texts);
  rest.ends[kAcr] = Put(c.acr, texts);
  rest.ends[kAmr] = Put(c.amr, texts);

  const size_t rest_at = AlignedForRest(audiences.size() + parts.token.size() + names.size() +
                                        parts.annotation.size());
  const size_t size = sizeof(VerifiedEntry) + rest_at + sizeof(Rest) + texts.size();
  auto* entry = new (::operator new(size)) VerifiedEntry();
  entry->audiences_size_ = static_cast<uint32_t>(audiences.size());
  entry->token_size_ = static_cast<uint32_t>(parts.token.size());
  entry->annotation_size_ = static_cast<uint32_t>(parts.annotation.size());
  entry->expires_at_ = absl::ToUnixSeconds(c.expires_at);
  entry->issued_at_ = absl::ToUnixSeconds(c.issued_at);
  entry->not_before_ = SecondsOf(c.not_before);
  entry->KeyIsIn(parts.key_set_identity);
  entry->name_ends_ = name_ends;
  char* const body = reinterpret_cast<char*>(entry + 1);
  Copy(parts.annotation, Copy(names, Copy(parts.token, Copy(audiences, body))));
  new (body + rest_at) Rest(rest);
  Copy(texts, body + rest_at + sizeof(Rest));
  return VerifiedEntryRef(entry);
}

void VerifiedEntry::Free() const {
  this->~VerifiedEntry();
  ::operator delete(const_cast<VerifiedEntry*>(this));
}

size_t VerifiedEntry::size() const {
  const auto* texts = reinterpret_cast<const char*>(&rest() + 1);
  return static_cast<size_t>(texts - reinterpret_cast<const char*>(this)) + rest().ends[kAmr];
}

ClaimsView VerifiedEntry::claims() const {
  const Rest& more = rest();
  ClaimsView view;
  view.audiences = audiences();
  view.expires_at = absl::FromUnixSeconds(expires_at_);
  view.issued_at = absl::FromUnixSeconds(issued_at_);
  view.not_before = TimeOf(not_before_);
  view.issuer = more.Text(kIssuer);
  view.subject = subject();
  view.client_id = more.Text(kClientId);
  view.token_id = token_id();
  view.session_id = NonEmpty(session_id());
  view.scopes = TextList(more.Text(kScopes));
  view.roles = TextList(more.Text(kRoles));
  view.permissions = TextList(more.Text(kPermissions));
  view.email = NonEmpty(more.Text(kEmail));
  view.auth_time = TimeOf(more.auth_time);
  view.acr = NonEmpty(more.Text(kAcr));
  view.amr = TextList(more.Text(kAmr));
  return view;
}

void VerifiedEntry::Prefetch(const VerifiedEntry* entry, size_t token_size, bool annotation) {
  constexpr size_t kLine = 64;
  constexpr size_t kAround = 128;           // audiences, and where the lines begin
  constexpr size_t kUsualAnnotation = 384;  // and the names before it
  const auto* at = reinterpret_cast<const char*>(entry);
  const size_t size =
      sizeof(VerifiedEntry) + token_size + kAround + (annotation ? kUsualAnnotation : 0);
  for (size_t i = 0; i < size; i += kLine) __builtin_prefetch(at + i);
}

}  // namespace signet::token
