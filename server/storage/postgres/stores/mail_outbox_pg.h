#pragma once

#include "server/domain/ports/mail_outbox.h"
#include "server/storage/postgres/connection_pool.h"

namespace signet::storage {

// The outbox in PostgreSQL; every method is one statement and one round trip. Thread-safe.
class MailOutboxPg final : public domain::MailOutbox {
 public:
  // `pool` must outlive the outbox.
  explicit MailOutboxPg(ConnectionPool& pool) : pool_(pool) {}

  absl::StatusOr<std::optional<domain::ClaimedMail>> Claim(absl::Time now,
                                                           absl::Time lease_until) override;
  absl::Status Finish(const domain::ClaimedMail& mail) override;
  absl::Status Retry(const domain::ClaimedMail& mail, absl::Time due_at,
                     absl::string_view failure) override;
  absl::Status GiveUp(const domain::ClaimedMail& mail, absl::Time now,
                      absl::string_view failure) override;
  absl::StatusOr<domain::MailQueue> Look() override;
  absl::StatusOr<int64_t> RemoveGivenUp(absl::Time before) override;

 private:
  ConnectionPool& pool_;
};

}  // namespace signet::storage
