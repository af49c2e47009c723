#pragma once

#include "tests/contract/errors_row.h"

// The part of the golden table of errors_test.cc for session tokens.
namespace signet::contract {

inline constexpr Row kSessionErrors[] = {
    {"SessionService/CreateSession", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID password"},
    {"SessionService/CreateSession", As::kNobody, "password: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID email"},
    {"SessionService/CreateSession", As::kNobody,
     "email: 'a@b.example' password: 'x' audience: '$A257'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"SessionService/CreateSession", As::kNobody,
     "email: 'stranger@b.example' password: 'not the password'",
     "UNAUTHENTICATED CREDENTIALS_INVALID"},
    {"SessionService/ValidateSession", As::kNobody, "audience: 'signet'",
     "INVALID_ARGUMENT FIELD_INVALID session_token"},
    {"SessionService/ValidateSession", As::kNobody, "session_token: '$A257' audience: 'signet'",
     "INVALID_ARGUMENT FIELD_INVALID session_token"},
    {"SessionService/ValidateSession", As::kNobody, "session_token: 'sgs_x'",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"SessionService/ValidateSession", As::kNobody, "session_token: 'sgs_x' audience: 'signet'",
     "OK"},
    {"SessionService/ExtendSession", As::kNobody, "",
     "INVALID_ARGUMENT FIELD_INVALID session_token"},
    {"SessionService/ExtendSession", As::kNobody, "session_token: 'sgs_x'", "OK"},
    {"SessionService/GetSession", As::kNobody, "", kNoCredential},
    {"SessionService/GetSession", As::kPerson, "session_id: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID session_id"},
    {"SessionService/GetSession", As::kPerson, "session_id: '$UUID'", "NOT_FOUND SESSION_UNKNOWN"},
    {"SessionService/GetSession", As::kPerson, "", "OK"},
    {"SessionService/GetSessionPolicy", As::kNobody, "", kNoCredential},
    {"SessionService/GetSessionPolicy", As::kPerson, "",
     "PERMISSION_DENIED PERMISSION_MISSING sessions.manage"},
    {"SessionService/GetSessionPolicy", As::kAdministrator, "", "OK"},
    {"SessionService/SetSessionPolicy", As::kNobody, "", kNoCredential},
    {"SessionService/SetSessionPolicy", As::kPerson, "",
     "PERMISSION_DENIED PERMISSION_MISSING sessions.manage"},
    {"SessionService/SetSessionPolicy", As::kAdministrator, "",
     "INVALID_ARGUMENT FIELD_INVALID policy.mode"},
    {"SessionService/SetSessionPolicy", As::kAdministrator,
     "policy: { mode: SESSION_MODE_ON share_percent: 101 }",
     "INVALID_ARGUMENT FIELD_INVALID policy.share_percent"},
    {"SessionService/SetSessionPolicy", As::kAdministrator,
     "policy: { mode: SESSION_MODE_ON share_percent: -1 }",
     "INVALID_ARGUMENT FIELD_INVALID policy.share_percent"},
};

}  // namespace signet::contract
