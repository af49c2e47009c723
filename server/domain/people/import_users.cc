#include "server/domain/people/import_users.h"

#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/crypto/digest.h"
#include "server/domain/accounts/email.h"

namespace signet::domain {
namespace {

// What of a UUID is derived: everything behind the variant. 62 bits tell one import from another.
absl::string_view Derived(const base::UserId& id) { return id.bytes().substr(8); }

// A UUID of version 7 whose random part is a digest. Ids are no secrets: whoever chooses the
// request id may know them beforehand.
base::UserId DeriveId(const std::string& request_id, const std::string& email, absl::Time now) {
  const auto digest = crypto::Sha256(absl::StrCat("signet import 1", absl::string_view("\0", 1),
                                                  request_id.size(), ":", request_id, email));
  const absl::string_view random = crypto::DigestView(digest);
  std::string bytes(base::UserId::New(now).bytes());
  bytes.replace(8, 8, std::string(random.substr(0, 8)));
  bytes[8] = static_cast<char>((bytes[8] & 0x3F) | 0x80);
  return *base::UserId::FromBytes(bytes);
}

}  // namespace

absl::StatusOr<ImportedUser> ImportUsers::Read(const ImportLine& line,
                                               const std::string& request_id,
                                               const CallInfo& call) const {
  ImportedUser user;
  SIGNET_ASSIGN_OR_RETURN(Email email, ParseEmail("email", line.email));
  user.email = std::move(email.display);
  user.canonical_email = std::move(email.canonical);
  if (!line.password_hash.empty()) {
    SIGNET_ASSIGN_OR_RETURN(user.password_hash,
                            hashes_.ToStored("password_hash", line.password_hash));
  }
  if (line.created_at && *line.created_at > call.now) {
    return base::FieldError("create_time", "lies in the future");
  }
  user.created_at = line.created_at.value_or(call.now);
  user.display_name = line.display_name;
  user.status = line.disabled ? AccountStatus::kDisabled : AccountStatus::kActive;
  user.id = request_id.empty() ? base::UserId::New(call.now)
                               : DeriveId(request_id, user.canonical_email, call.now);
  return user;
}

absl::StatusOr<std::vector<ImportOutcome>> ImportUsers::Run(const Caller& caller,
                                                            const std::vector<ImportLine>& lines,
                                                            const std::string& request_id,
                                                            const CallInfo& call) {
  std::vector<ImportOutcome> outcomes(lines.size());
  std::vector<ImportedUser> users;
  std::vector<size_t> places;  // users[i] is lines[places[i]]
  std::set<std::string> seen;
  for (size_t i = 0; i < lines.size(); ++i) {
    absl::StatusOr<ImportedUser> user = Read(lines[i], request_id, call);
    if (user.ok() && !seen.insert(user->canonical_email).second) {
      user = base::FieldError("email", "stands in this request twice");
    }
    if (!user.ok()) {
      outcomes[i].refusal = user.status();
      continue;
    }
    users.push_back(*std::move(user));
    places.push_back(i);
  }
  if (users.empty()) return outcomes;

  AuditEvent event = AuditEventOf(AuditAction::kImportUsers, caller, call);
  event.subject = std::nullopt;
  event.target = absl::StrCat(lines.size());
  SIGNET_ASSIGN_OR_RETURN(const auto stored,
                          users_.Import(users, call.now, audit_.Record(std::move(event))));
  for (size_t i = 0; i < users.size(); ++i) {
    ImportOutcome& outcome = outcomes[places[i]];
    const ImportResult& result = stored[i];
    const bool ours =
        !request_id.empty() && result.id && Derived(*result.id) == Derived(users[i].id);
    outcome.kind =
        result.inserted || ours ? ImportOutcome::Kind::kCreated : ImportOutcome::Kind::kExists;
    outcome.id = result.id;
  }
  return outcomes;
}

}  // namespace signet::domain
