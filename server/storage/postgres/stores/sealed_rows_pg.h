#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "server/domain/ports/sealed_rows.h"
#include "server/storage/postgres/connection.h"

namespace signet::storage {

// As the owner role, because the service's may not change a server secret. While Replace() writes,
// whoever would add or move a key waits; reading and everything else goes on. It waits for those
// who are at it for at most kLockPatience. Afterwards a server adds nothing that it has sealed
// under another key (`kek_id` of signet.signing_key_head).
class SealedRowsPg final : public domain::SealedRows {
 public:
  static constexpr absl::Duration kLockPatience = absl::Seconds(5);

  // STORAGE_UNAVAILABLE without a database; INVALID_ARGUMENT for a malformed connection string.
  static absl::StatusOr<std::unique_ptr<SealedRowsPg>> Open(const std::string& conninfo);

  absl::StatusOr<std::vector<domain::SealedRow>> ReadAll() override;
  absl::StatusOr<bool> Replace(const std::vector<domain::ResealedRow>& rows, size_t rows_read,
                               const std::string& kek_id,
                               const domain::AuditRecord& audit) override;

 private:
  explicit SealedRowsPg(std::unique_ptr<Connection> connection)
      : connection_(std::move(connection)) {}

  absl::StatusOr<Rows> Execute(const Statement& statement, const Params& params = Params());
  absl::StatusOr<bool> Write(const std::vector<domain::ResealedRow>& rows, size_t rows_read,
                             const std::string& kek_id, const domain::AuditRecord& audit);

  const std::unique_ptr<Connection> connection_;
};

}  // namespace signet::storage
