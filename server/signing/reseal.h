#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "server/domain/ports/audit_recorder.h"
#include "server/domain/ports/sealed_rows.h"
#include "server/signing/key_encryption_key.h"

namespace signet::signing {

// What a change of the key-encryption key did, or would do; rows as "server secret totp-v1",
// "signing key 2026-11-a".
struct ResealReport {
  std::vector<std::string> resealed;
  std::vector<std::string> already;  // sealed under the new key before; each was opened by it
  // Keys that are RETIRED or TAINTED and of neither key: nothing opens them any more.
  std::vector<std::string> left;
};

enum class ResealMode { kDryRun, kWrite };

// Seals everything that lies under key-encryption key `from` anew under `to` (NIST SP 800-57 part
// 1, 8.2.3: the data that the key protected is re-encrypted), each in one transaction: all or
// nothing. What is sealed anew is opened again and compared before anything is written. A dry run
// does all of it but write.
//
// INVALID_ARGUMENT: both are one key. FAILED_PRECONDITION: a row is sealed under neither, and it is
// named. DATA_LOSS: a row that its key does not open, named. ABORTED: rows kept changing.
// Errors of the store and of whoever keeps a key. `progress` is told each row, may be empty.
absl::StatusOr<ResealReport> Reseal(domain::SealedRows& rows, const KeyEncryptionKey& from,
                                    const KeyEncryptionKey& to, ResealMode mode, absl::Time now,
                                    const domain::AuditRecorder& audit,
                                    const std::function<void(const std::string&)>& progress);

}  // namespace signet::signing
