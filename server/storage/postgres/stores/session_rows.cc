#include "server/storage/postgres/stores/session_rows.h"

#include <string>
#include <utility>

#include "absl/strings/str_split.h"

namespace signet::storage {

// Two elements for each role, as signet.role_facts() makes them.
std::vector<domain::HeldRole> ReadRoles(const Rows& rows, int row, int names, int facts) {
  std::vector<std::string> held_names = rows.TextArray(row, names);
  std::vector<domain::HeldRole> held;
  if (held_names.empty()) return held;
  const std::vector<std::string> texts = rows.TextArray(row, facts);
  for (size_t i = 0; i < held_names.size(); ++i) {
    domain::HeldRole& role = held.emplace_back();
    role.name = std::move(held_names[i]);
    // Facts that cannot be read are none that permit anything: a role that has expired.
    role.expires_at = absl::InfinitePast();
    if (2 * i + 1 >= texts.size()) continue;
    if (texts[2 * i].empty()) {
      role.expires_at = absl::InfiniteFuture();
    } else if (const auto until = ParseTimestamp(texts[2 * i])) {
      role.expires_at = *until;
    }
    role.permissions = absl::StrSplit(texts[2 * i + 1], ' ', absl::SkipEmpty());
  }
  return held;
}

domain::SessionGrant ReadGrant(const Rows& rows, int row, int first) {
  domain::SessionGrant grant;
  grant.session_id = rows.As<base::SessionId>(row, first);
  grant.user_id = rows.As<base::UserId>(row, first + 1);
  grant.email = rows.String(row, first + 2);
  grant.roles = ReadRoles(rows, row, first + 3, first + 12);
  grant.client_id = rows.String(row, first + 4);
  grant.audience = rows.String(row, first + 5);
  grant.scopes = rows.TextArray(row, first + 6);
  grant.acr = rows.String(row, first + 7);
  grant.amr = rows.TextArray(row, first + 8);
  grant.authenticated_at = rows.Time(row, first + 9);
  grant.lineage_expires_at = rows.Time(row, first + 10);
  grant.user_not_before = rows.OptionalTime(row, first + 11).value_or(absl::InfinitePast());
  return grant;
}

}  // namespace signet::storage
