#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"
#include "server/http/request.h"

namespace signet::http {

// The parameters of a POST as OAuth has them: application/x-www-form-urlencoded (RFC 6749 section
// 3.2 and appendix B). Immutable.
class Form {
 public:
  // FIELD_INVALID, which is invalid_request: another content type, a parameter that occurs twice
  // (two readers would take two values), more than 16 of them, a name over 64 bytes, a broken
  // percent escape, a control character or, of kAscii, what is not ASCII. Values are never
  // repeated. kAny: a password is whatever a person types, and whoever reads it judges its bytes.
  enum class Characters { kAscii, kAny };
  static absl::StatusOr<Form> Read(const Request& request,
                                   Characters characters = Characters::kAscii);

  // Empty where it is missing, as a parameter without a value is to be treated.
  absl::string_view Get(absl::string_view name) const;

  // FIELD_INVALID naming the parameter where it is missing or longer than `most` bytes.
  absl::StatusOr<absl::string_view> Need(absl::string_view name, size_t most) const;

 private:
  struct Parameter {
    std::string name;
    base::Secret value;  // of any of them: tokens and keys come so
  };
  std::vector<Parameter> parameters_;
};

// Undoes the encoding of one name or value. False for a broken escape.
bool DecodeFormText(absl::string_view encoded, std::string& out);

}  // namespace signet::http
