#pragma once

#include "tests/contract/errors_row.h"

// The second factors' part of the golden table of errors_test.cc.
namespace signet::contract {

inline constexpr Row kMfaErrors[] = {
    {"AuthService/CompleteMfa", As::kNobody, "code: '123456'",
     "INVALID_ARGUMENT FIELD_INVALID challenge"},
    {"AuthService/CompleteMfa", As::kNobody, "challenge: 'x'",
     "INVALID_ARGUMENT FIELD_INVALID code"},
    {"AuthService/CompleteMfa", As::kNobody, "challenge: 'x' code: '12345'",
     "INVALID_ARGUMENT FIELD_INVALID code"},
    {"AuthService/CompleteMfa", As::kNobody, "challenge: 'x' code: '12345a'",
     "INVALID_ARGUMENT FIELD_INVALID code"},
    {"AuthService/CompleteMfa", As::kNobody, "challenge: 'x' recovery_code: '$A129'",
     "INVALID_ARGUMENT FIELD_INVALID recovery_code"},
    {"AuthService/CompleteMfa", As::kNobody, "challenge: '$A9000' code: '123456'",
     "INVALID_ARGUMENT FIELD_INVALID challenge"},
    {"AuthService/CompleteMfa", As::kNobody, "challenge: 'sgm_made_up' code: '123456'",
     "UNAUTHENTICATED MFA_CHALLENGE_INVALID"},
    {"AuthService/EnrollTotp", As::kNobody, "", kNoCredential},
    {"AuthService/ConfirmTotp", As::kNobody, "", kNoCredential},
    {"AuthService/ConfirmTotp", As::kPerson, "", "INVALID_ARGUMENT FIELD_INVALID code"},
    {"AuthService/ConfirmTotp", As::kPerson, "code: '123456'",
     "FAILED_PRECONDITION MFA_NOT_ENROLLED"},
    {"AuthService/DisableTotp", As::kNobody, "", kNoCredential},
    {"AuthService/DisableTotp", As::kPerson, "", "FAILED_PRECONDITION MFA_NOT_ENABLED"},
    {"AuthService/RegenerateRecoveryCodes", As::kNobody, "", kNoCredential},
    {"AuthService/RegenerateRecoveryCodes", As::kPerson, "", "FAILED_PRECONDITION MFA_NOT_ENABLED"},
    {"AuthService/GetMfaStatus", As::kNobody, "", kNoCredential},
    {"AuthService/GetMfaStatus", As::kPerson, "", "OK"},
};

}  // namespace signet::contract
