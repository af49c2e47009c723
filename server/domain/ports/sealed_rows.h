#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/audit/audit_record.h"

namespace signet::domain {

// What lies sealed under a key-encryption key itself; everything else is sealed under one of the
// server secrets among it.
struct SealedRow {
  enum class Kind { kServerSecret, kSigningKey };
  Kind kind = Kind::kServerSecret;
  std::string name;       // of a signing key, its kid
  std::string algorithm;  // of a signing key
  bool over = false;      // a signing key that is RETIRED or TAINTED: nothing opens it any more
  std::string sealed;     // empty: erased
  std::string kek_id;     // which key-encryption key sealed it
};

// One row sealed anew.
struct ResealedRow {
  SealedRow before;
  std::string sealed;
};

// All of them, to be sealed anew under another key-encryption key. One thread; blocks on the
// database.
class SealedRows {
 public:
  virtual ~SealedRows() = default;

  // Server secrets first, each kind by name.
  virtual absl::StatusOr<std::vector<SealedRow>> ReadAll() = 0;

  // Writes all of `rows` with the new key's id and the event of the audit log, raises the version
  // of the key table and wakes every replica, in one transaction. False, and nothing written, where
  // the table is not the one of which ReadAll() gave `rows_read` rows, those of `rows` among them:
  // somebody made, erased or resealed one meanwhile.
  virtual absl::StatusOr<bool> Replace(const std::vector<ResealedRow>& rows, size_t rows_read,
                                       const std::string& kek_id, const AuditRecord& audit) = 0;
};

}  // namespace signet::domain
