#pragma once

#include <vector>

#include "server/domain/fakes/fake_database.h"
#include "server/domain/ports/mail_outbox.h"
#include "server/domain/ports/mail_sealer.h"

namespace signet::domain {

// The outbox in memory; behaves as the port says. Thread-safe. What fake stores put there by
// FakeDatabase::AppendMail() comes out here.
class FakeMailOutbox final : public MailOutbox {
 public:
  // `database` must outlive the outbox.
  explicit FakeMailOutbox(FakeDatabase& database) : database_(database) {}

  absl::StatusOr<std::optional<ClaimedMail>> Claim(absl::Time now, absl::Time lease_until) override;
  absl::Status Finish(const ClaimedMail& mail) override;
  absl::Status Retry(const ClaimedMail& mail, absl::Time due_at,
                     absl::string_view failure) override;
  absl::Status GiveUp(const ClaimedMail& mail, absl::Time now, absl::string_view failure) override;
  absl::StatusOr<MailQueue> Look() override;
  absl::StatusOr<int64_t> RemoveGivenUp(absl::Time before) override;

  // For tests: writes one, as a statement with an effect would.
  void Insert(const MailRow& row);
  // For tests: every row that waits, oldest first, as a test of a use case looks at them.
  std::vector<MailRow> Waiting();

 private:
  FakeDatabase& database_;
};

// Seals nothing: the row holds the mail's bytes as they are. For tests of use cases.
class FakeMailSealer final : public MailSealer {
 public:
  bool configured() const override { return true; }
  MailRow Seal(const OutgoingMail& mail, absl::Time now) const override;
  absl::StatusOr<OutgoingMail> Open(const MailRow& row) const override;
};

}  // namespace signet::domain
