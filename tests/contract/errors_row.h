#pragma once

namespace signet::contract {

enum class As { kNobody, kPerson, kAdministrator, kForger };

struct Row {
  const char* method;
  As caller;
  const char* request;  // text format; $A9 is nine letters, $STRONG a good password
  const char* expected;
};

inline constexpr char kNoCredential[] = "UNAUTHENTICATED TOKEN_INVALID";

}  // namespace signet::contract
