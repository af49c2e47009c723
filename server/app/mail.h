#pragma once

#include <memory>
#include <optional>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "server/config/settings.h"
#include "server/domain/ports/mail_sealer.h"
#include "server/domain/ports/signing_key_store.h"
#include "server/mail/mail_observer.h"
#include "server/mail/mail_sender.h"
#include "server/mail/mail_templates.h"
#include "server/mail/mail_worker.h"
#include "server/mail/smtp_transport.h"
#include "server/observe/logger.h"
#include "server/observe/mail_metrics.h"
#include "server/signing/key_encryption_key.h"
#include "server/storage/postgres/connection_pool.h"
#include "server/storage/postgres/stores/mail_outbox_pg.h"

namespace signet::app {

// What the mail room reports, turned into metrics and log lines. A line names the kind, the id and
// the user, never an address. Thread-safe.
class CountingMail final : public mail::MailObserver {
 public:
  CountingMail(observe::MailMetrics& metrics, observe::Logger& logger)
      : metrics_(metrics), logger_(logger) {}

  void OnSent(const domain::MailRow& mail, absl::Duration waited) override;
  void OnFailed(const domain::ClaimedMail& mail, absl::string_view failure) override;
  void OnGivenUp(const domain::ClaimedMail& mail, absl::string_view failure) override;
  void OnQueue(const domain::MailQueue& queue) override;
  void OnOutboxFailure(const absl::Status& status) override;

 private:
  observe::MailMetrics& metrics_;
  observe::Logger& logger_;
};

// What writes and sends mail. Where mail is not configured it has no threads, and its sealer makes
// empty rows, so that nothing gathers in an outbox that nobody empties.
class Mail {
 public:
  // Reads the templates; INVALID_ARGUMENT or NOT_FOUND naming what is wrong with them, or
  // with mail.from. All outlive it.
  static absl::StatusOr<std::unique_ptr<Mail>> Make(const config::MailSettings& settings,
                                                    storage::ConnectionPool& pool,
                                                    const base::Clock& clock,
                                                    observe::MailMetrics& metrics,
                                                    observe::Logger& logger);
  ~Mail() { Stop(); }
  Mail(const Mail&) = delete;
  Mail& operator=(const Mail&) = delete;

  // Reads the key that seals mails, or makes it. Before it has succeeded there is no sealer.
  absl::Status Load(domain::SigningKeyStore& keys, const signing::KeyEncryptionKey& kek);

  // After Load().
  const domain::MailSealer& sealer() const { return *sealer_; }
  void Start();
  void Stop();  // idempotent
  // Removes rows that were given up over 30 days ago.
  absl::Status Maintain(absl::Time now);

 private:
  Mail(const config::MailSettings& settings, storage::ConnectionPool& pool,
       const base::Clock& clock, observe::MailMetrics& metrics, observe::Logger& logger)
      : settings_(settings), clock_(clock), outbox_(pool), observer_(metrics, logger) {}
  std::unique_ptr<mail::MailTransport> MakeTransport() const;

  const config::MailSettings& settings_;
  const base::Clock& clock_;
  storage::MailOutboxPg outbox_;
  CountingMail observer_;
  std::optional<mail::MailTemplates> templates_;
  mail::SmtpTransport::Options smtp_;
  std::unique_ptr<domain::MailSealer> sealer_;
  std::unique_ptr<mail::MailSender> sender_;
  std::unique_ptr<mail::MailWorker> worker_;
};

}  // namespace signet::app
