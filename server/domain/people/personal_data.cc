#include "server/domain/people/personal_data.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/audit/event_content.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/token/json.h"
#include "server/domain/people/close_account.h"
#include "server/domain/people/read_users.h"
#include "server/domain/permissions.h"

namespace signet::domain {
namespace {

void AppendMember(absl::string_view name, absl::string_view value, std::string& out) {
  absl::StrAppend(&out, out.back() == '{' ? "\"" : ", \"", name, "\": ");
  token::AppendJsonString(value, out);
}

// What an event says; empty where it was changed so that it cannot be read (`audit verify` tells).
std::string Told(const KeptRecord::Event& event, base::UserId person,
                 const PersonalDataOpener& opener) {
  const auto content = audit::DecodeEvent(event.content);
  if (!content) return "";
  std::string told = "{";
  AppendMember("action", content->action, told);
  AppendMember("reason", content->reason, told);
  AppendMember("target", content->target, told);
  AppendMember("request_id", content->request_id, told);
  const auto personal =
      opener.Open(event.id, person, event.sealed_personal, content->personal_commitment);
  if (personal) {
    AppendMember("address", personal->address, told);
    AppendMember("user_agent", personal->user_agent, told);
    AppendMember("identifier", personal->identifier, told);
  }
  return told + "}";
}

std::string ToJson(const KeptRecord& kept, base::UserId person, const PersonalDataOpener& opener) {
  const std::string told = kept.event ? Told(*kept.event, person, opener) : "";
  return absl::StrCat("{\"table\": \"", kept.table, "\", \"record\": ", kept.record,
                      told.empty() ? "" : ", \"event\": ", told, "}");
}

}  // namespace

absl::StatusOr<std::vector<std::string>> PersonalData::Export(const Caller& caller,
                                                              std::optional<base::UserId> id,
                                                              int64_t skip, int limit,
                                                              const CallInfo& call) {
  const base::UserId user = id.value_or(caller.user_id());
  AuditEvent event = AuditEventOf(AuditAction::kExportUserData, caller, user, call);
  if (user != caller.user_id()) {
    const absl::Status permitted = caller.Require(kPermissionUsersManage);
    if (!permitted.ok()) {
      SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "PERMISSION_MISSING"));
      return permitted;
    }
  }
  SIGNET_ASSIGN_OR_RETURN(const auto kept, users_.Export(user, skip, limit));
  // Whoever has an account has at least its own record.
  if (kept.empty() && skip == 0) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), "USER_UNKNOWN"));
    return UserUnknown();
  }
  // One event for all pages: an event for each would be the next page's record, for ever.
  if (skip == 0) SIGNET_RETURN_IF_ERROR(audit_.Append(std::move(event)));
  std::vector<std::string> records;
  for (const KeptRecord& record : kept) records.push_back(ToJson(record, user, opener_));
  return records;
}

absl::Status PersonalData::Erase(const Caller& caller, base::UserId id, const CallInfo& call) {
  AuditEvent event = AuditEventOf(AuditAction::kEraseUser, caller, id, call);
  SIGNET_ASSIGN_OR_RETURN(
      const AccountClosing closed,
      users_.Erase(
          id, ClosingOf(AccountStatus::kErased, EndReason::kAccountDeleted, lifetimes_, call.now),
          audit_.Record(event)));
  const absl::Status decided = StatusOf(closed);
  if (!decided.ok()) {
    SIGNET_RETURN_IF_ERROR(audit_.Refuse(std::move(event), base::ErrorReason(decided)));
  }
  return decided;
}

}  // namespace signet::domain
