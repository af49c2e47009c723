#pragma once

#include <cstdint>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "server/domain/mfa/totp.h"

namespace signet::tests {

// The authenticator app of a person, told its secret as base32.
class Authenticator {
 public:
  Authenticator() = default;
  explicit Authenticator(const std::string& base32) {
    uint32_t buffer = 0;
    int bits = 0;
    for (const char c : base32) {
      const auto value = static_cast<uint32_t>(c >= 'A' ? c - 'A' : c - '2' + 26);
      buffer = buffer << 5 | value;
      bits += 5;
      if (bits < 8) continue;
      bits -= 8;
      bytes_.push_back(static_cast<char>(buffer >> bits & 0xffU));
    }
  }

  // The code of the present step, or of one beside it.
  std::string Code(int64_t off = 0) const {
    return domain::HotpCode(base::Secret(absl::string_view(bytes_)),
                            domain::TotpStepAt(absl::Now()) + off, domain::kTotpDigits);
  }
  // One that no step around the present has.
  std::string WrongCode() const {
    std::string code = "000000";
    for (int64_t off = -3; off <= 3; ++off) {
      if (code == Code(off)) {
        ++code[5];
        off = -4;
      }
    }
    return code;
  }
  std::string secret_hex() const { return absl::BytesToHexString(bytes_); }

 private:
  std::string bytes_;
};

}  // namespace signet::tests
