#pragma once

#include <array>

#include "absl/strings/string_view.h"
#include "server/storage/postgres/statement.h"

namespace signet::storage {

// Every statement that the service sends: what its metrics count by name.
inline constexpr auto kServiceStatements = std::to_array<absl::string_view>({
    "insert_account",
    "insert_first_administrator",
    "find_by_email",
    "find_by_id",
    "rehash",
    "change_password",
    "append_revocation",
    "read_revocations",
    "rotate",
    "open_session",
    "reauthenticate",
    "read_factor",
    "enroll_totp",
    "confirm_totp",
    "admit_factor",
    "disable_totp",
    "replace_recovery_codes",
    "read_lineage",
    "record_replay",
    "end_session",
    "end_all_sessions",
    "list_sessions",
    "lineage_history",
    "find_session_tokens",
    "record_session_uses",
    "read_session_policy",
    "write_session_policy",
    "load_signing_keys",
    "list_signing_keys",
    "insert_signing_key",
    "move_signing_key",
    "erase_signing_key",
    "insert_server_secret",
    "read_server_secret",
    "maintain_partitions",
    "remove_expired_sessions",
    "create_role",
    "update_role",
    "delete_role",
    "grant_role",
    "revoke_role",
    "find_role",
    "list_roles",
    "grants_of_subject",
    "holders_of_role",
    "read_access",
    "remove_expired_grants",
    "create_service_account",
    "find_service_account",
    "list_service_accounts",
    "set_service_account_status",
    "create_api_key",
    "find_api_key",
    "list_api_keys",
    "rotate_api_key",
    "revoke_api_key",
    "read_api_key",
    "note_api_key_uses",
    "claim_mail",
    "finish_mail",
    "retry_mail",
    "give_up_mail",
    "look_at_mail",
    "remove_given_up_mail",
    "append_audit",
    "issue_email_token",
    "verify_email",
    "find_email_token",
    "reset_password",
    "request_email_change",
    "find_email_change",
    "confirm_email_change",
    "remove_expired_email_tokens",
    "append_audited_revocation",
    "read_unsealed_audit",
    "seal_audit",
    "maintain_audit",
    "query_audit",
    "read_audit_leaves",
    "read_audit_checkpoints",
    "read_newest_audit_checkpoint",
    "read_retired_audit",
    "read_audit_without_leaf",
    "read_audit_nodes",
    "find_audit_leaf",
    "read_user",
    "list_users",
    "list_users_by_email",
    "update_user",
    "close_account",
    "enable_account",
    "import_users",
    "export_person",
    "erase_person",
    "admit_login",
    "fail_attempt",
    "release_attempt",
    "admit_session",
    "succeed_attempt",
    "unlock_account",
    "remove_stale_attempts",
    "exchange_tokens",
    "use_challenge",
    "remove_idle_buckets",
    "remove_stale_evidence",
    "report_verifiers",
    "list_verifiers",
    "forget_verifiers",
});

// One of them. A name that is not in the list does not compile, so that none is missing from the
// metrics.
struct ServiceStatement : Statement {
  consteval ServiceStatement(const char* its_name, const char* its_sql)
      : Statement{its_name, its_sql} {
    for (const absl::string_view known : kServiceStatements) {
      if (known == its_name) return;
    }
    throw "the statement is missing from kServiceStatements";
  }
};

}  // namespace signet::storage
