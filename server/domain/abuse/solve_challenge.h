#pragma once

#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/crypto/digest.h"
#include "server/domain/ports/challenge_provider.h"

namespace signet::domain {

// For tests alone: the solution of a proof of work, found as everybody has to find it.
inline std::string Solve(const Challenge& challenge) {
  int64_t number = 0;
  while (absl::BytesToHexString(crypto::DigestView(
             crypto::Sha256(absl::StrCat(challenge.salt, number)))) != challenge.challenge) {
    ++number;
  }
  return absl::Base64Escape(absl::StrCat(
      "{\"algorithm\":\"SHA-256\",\"challenge\":\"", challenge.challenge, "\",\"number\":", number,
      ",\"salt\":\"", challenge.salt, "\",\"signature\":\"", challenge.signature, "\"}"));
}

}  // namespace signet::domain
