#pragma once

#include "tests/contract/errors_row.h"

// The part of the golden table of errors_test.cc for streams and what belongs to them. A stream is
// called here as if it had one request and one answer.
namespace signet::contract {

inline constexpr Row kStreamErrors[] = {
    {"TokenService/ValidateStream", As::kNobody, "request: { token: 'x' }",
     "INVALID_ARGUMENT FIELD_INVALID audience"},
    {"TokenService/ValidateStream", As::kNobody, "request: { audience: 'signet' }",
     "INVALID_ARGUMENT FIELD_INVALID token"},
    {"TokenService/ValidateStream", As::kNobody,
     "request: { token: 'x' audience: 'signet' } id: '$A65'", "INVALID_ARGUMENT FIELD_INVALID id"},
    {"TokenService/ValidateStream", As::kNobody,
     "request: { token: '$A9000' audience: 'signet' } id: 'one'", "OK"},
    {"TokenService/WatchRevocations", As::kNobody, "resume_after: -1",
     "INVALID_ARGUMENT FIELD_INVALID resume_after"},
    {"TokenService/WatchRevocations", As::kNobody, "resume_after: 1",
     "INVALID_ARGUMENT FIELD_INVALID resume_record_time"},
    {"TokenService/WatchRevocations", As::kNobody,
     "resume_after: 1 resume_record_time: { nanos: -1 }",
     "INVALID_ARGUMENT FIELD_INVALID resume_record_time"},
    {"TokenService/WatchRevocations", As::kNobody, "verifier_name: '$A129'",
     "INVALID_ARGUMENT FIELD_INVALID verifier_name"},
    {"TokenService/WatchKeySet", As::kNobody, "", "INVALID_ARGUMENT FIELD_INVALID verifier_id"},
    {"TokenService/WatchKeySet", As::kNobody, "verifier_id: '$A65'",
     "INVALID_ARGUMENT FIELD_INVALID verifier_id"},
    {"TokenService/WatchKeySet", As::kNobody, "verifier_id: 'v' verifier_name: 'a b'",
     "INVALID_ARGUMENT FIELD_INVALID verifier_name"},
    {"TokenService/WatchKeySet", As::kNobody, "verifier_id: 'v' key_set_version: -1",
     "INVALID_ARGUMENT FIELD_INVALID key_set_version"},

    {"TokenService/GetJwks", As::kNobody, "", "OK"},
    {"TokenService/RevokeAll", As::kNobody, "", kNoCredential},
    {"TokenService/RevokeAll", As::kPerson, "",
     "PERMISSION_DENIED PERMISSION_MISSING sessions.manage"},
    {"KeyService/ListVerifiers", As::kNobody, "", kNoCredential},
    {"KeyService/ListVerifiers", As::kPerson, "", "PERMISSION_DENIED PERMISSION_MISSING keys.read"},
    {"KeyService/ListVerifiers", As::kAdministrator, "", "OK"},
};

}  // namespace signet::contract
