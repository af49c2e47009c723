#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace signet::domain {

// Password hashes that other systems made. Thread-safe, CPU for microseconds.
class ImportedHashes {
 public:
  virtual ~ImportedHashes() = default;

  // `text` as it is to be stored, so that PasswordHasher::Verify() can check it; FieldError(field,
  // …) for an unknown form and for parameters beyond what is ever computed.
  virtual absl::StatusOr<std::string> ToStored(absl::string_view field,
                                               absl::string_view text) const = 0;
};

}  // namespace signet::domain
