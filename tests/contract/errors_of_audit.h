#pragma once

#include "tests/contract/errors_row.h"

// AuditService's part of the golden table of errors_test.cc.
namespace signet::contract {

inline constexpr Row kAuditErrors[] = {
    {"AuditService/QueryEvents", As::kNobody, "", kNoCredential},
    {"AuditService/QueryEvents", As::kPerson, "",
     "PERMISSION_DENIED PERMISSION_MISSING audit.read"},
    {"AuditService/QueryEvents", As::kAdministrator, "action: 'login'",
     "INVALID_ARGUMENT FIELD_INVALID action"},
    {"AuditService/QueryEvents", As::kAdministrator, "outcome: 7",
     "INVALID_ARGUMENT FIELD_INVALID outcome"},
    {"AuditService/QueryEvents", As::kAdministrator, "actor_id: 'me'",
     "INVALID_ARGUMENT FIELD_INVALID actor_id"},
    {"AuditService/QueryEvents", As::kAdministrator, "subject_id: 'me'",
     "INVALID_ARGUMENT FIELD_INVALID subject_id"},
    {"AuditService/QueryEvents", As::kAdministrator, "session_id: 'me'",
     "INVALID_ARGUMENT FIELD_INVALID session_id"},
    {"AuditService/QueryEvents", As::kAdministrator, "page_size: 1001",
     "INVALID_ARGUMENT FIELD_INVALID page_size"},
    {"AuditService/QueryEvents", As::kAdministrator, "page_token: 'made-up'",
     "INVALID_ARGUMENT FIELD_INVALID page_token"},
    {"AuditService/QueryEvents", As::kAdministrator,
     "start_time: { seconds: 2 } end_time: { seconds: 1 }",
     "INVALID_ARGUMENT FIELD_INVALID end_time"},
    {"AuditService/QueryEvents", As::kAdministrator, "action: 'LOGIN'", "OK"},
    {"AuditService/ExportEvents", As::kPerson, "",
     "PERMISSION_DENIED PERMISSION_MISSING audit.read"},
    {"AuditService/ExportEvents", As::kAdministrator, "from_leaf: -1",
     "INVALID_ARGUMENT FIELD_INVALID from_leaf"},
    {"AuditService/ExportEvents", As::kAdministrator, "page_size: 1001",
     "INVALID_ARGUMENT FIELD_INVALID page_size"},
    {"AuditService/GetCheckpoint", As::kPerson, "",
     "PERMISSION_DENIED PERMISSION_MISSING audit.read"},
    {"AuditService/GetCheckpoint", As::kAdministrator, "after_size: -1",
     "INVALID_ARGUMENT FIELD_INVALID after_size"},
    {"AuditService/GetInclusionProof", As::kPerson, "event_id: '$UUID'",
     "PERMISSION_DENIED PERMISSION_MISSING audit.read"},
    {"AuditService/GetInclusionProof", As::kAdministrator, "",
     "INVALID_ARGUMENT FIELD_INVALID event_id"},
    {"AuditService/GetInclusionProof", As::kAdministrator, "event_id: '$UUID'",
     "NOT_FOUND EVENT_UNKNOWN"},
};

}  // namespace signet::contract
