#include "server/app/mail.h"

#include <string>
#include <utility>

#include "absl/memory/memory.h"
#include "client/base/status_macros.h"
#include "server/domain/mail/mail_kind.h"
#include "server/mail/folder_transport.h"
#include "server/signing/mail_seal.h"

namespace signet::app {
namespace {

using observe::LogLevel;

constexpr absl::Duration kKeepGivenUp = absl::Hours(24 * 30);

absl::string_view NameOf(domain::MailKind kind) {
  const domain::MailKindRow* row = domain::FindMailKind(kind);
  return row != nullptr ? row->name : "unknown";
}

}  // namespace

void CountingMail::OnSent(const domain::MailRow& mail, absl::Duration waited) {
  metrics_.outcomes.Add(observe::MailOutcome::kSent);
  metrics_.wait.Observe(waited);
  logger_.Write(LogLevel::kInfo, "mail sent",
                {{observe::log_key::kMailKind, NameOf(mail.kind)},
                 {observe::log_key::kMailId, mail.id.ToString()},
                 {observe::log_key::kUserId, mail.user_id.ToString()}});
}

void CountingMail::OnFailed(const domain::ClaimedMail& mail, absl::string_view failure) {
  metrics_.outcomes.Add(observe::MailOutcome::kFailed);
  logger_.Write(LogLevel::kWarning, "mail not sent yet",
                {{observe::log_key::kMailKind, NameOf(mail.row.kind)},
                 {observe::log_key::kMailId, mail.row.id.ToString()},
                 {observe::log_key::kAttempt, mail.attempt},
                 {observe::log_key::kReason, failure}});
}

void CountingMail::OnGivenUp(const domain::ClaimedMail& mail, absl::string_view failure) {
  metrics_.outcomes.Add(observe::MailOutcome::kGivenUp);
  logger_.Write(LogLevel::kError, "mail given up",
                {{observe::log_key::kMailKind, NameOf(mail.row.kind)},
                 {observe::log_key::kMailId, mail.row.id.ToString()},
                 {observe::log_key::kUserId, mail.row.user_id.ToString()},
                 {observe::log_key::kAttempt, mail.attempt},
                 {observe::log_key::kReason, failure}});
}

void CountingMail::OnQueue(const domain::MailQueue& queue) {
  metrics_.waiting.store(queue.waiting, std::memory_order_relaxed);
  metrics_.given_up.store(queue.given_up, std::memory_order_relaxed);
  metrics_.SetOldest(queue.oldest);
}

void CountingMail::OnOutboxFailure(const absl::Status& /*status*/) {
  // No line: the pool has said that the database does not answer.
  metrics_.outbox_failures.fetch_add(1, std::memory_order_relaxed);
}

absl::StatusOr<std::unique_ptr<Mail>> Mail::Make(const config::MailSettings& settings,
                                                 storage::ConnectionPool& pool,
                                                 const base::Clock& clock,
                                                 observe::MailMetrics& metrics,
                                                 observe::Logger& logger) {
  auto made = absl::WrapUnique(new Mail(settings, pool, clock, metrics, logger));
  if (!settings.configured()) return made;
  if (!mail::MailboxOf(settings.from)) {
    return absl::InvalidArgumentError("mail.from is not an address that mail can come from");
  }
  SIGNET_ASSIGN_OR_RETURN(
      mail::MailTemplates templates,
      mail::MailTemplates::Load({settings.templates, settings.service_name, settings.link_base}));
  made->templates_.emplace(std::move(templates));
  made->smtp_.url = settings.smtp_url;
  made->smtp_.tls = settings.tls == "none" ? mail::SmtpTransport::Tls::kNone
                                           : mail::SmtpTransport::Tls::kRequired;
  made->smtp_.ca_file = settings.tls_ca;
  made->smtp_.username = settings.username;
  made->smtp_.password = settings.password.Clone();
  made->smtp_.timeout = settings.timeout;
  if (!settings.smtp_url.empty()) {
    SIGNET_RETURN_IF_ERROR(mail::SmtpTransport::Create(made->smtp_).status());
  }
  return made;
}

absl::Status Mail::Load(domain::SigningKeyStore& keys, const signing::KeyEncryptionKey& kek) {
  if (sealer_ != nullptr) return absl::OkStatus();
  if (!settings_.configured()) {
    sealer_ = std::make_unique<domain::NoMail>();
    return absl::OkStatus();
  }
  SIGNET_ASSIGN_OR_RETURN(sealer_, signing::AeadMailSealer::Create(keys, kek));
  return absl::OkStatus();
}

std::unique_ptr<mail::MailTransport> Mail::MakeTransport() const {
  if (settings_.smtp_url.empty()) return std::make_unique<mail::FolderTransport>(settings_.folder);
  return *mail::SmtpTransport::Create(smtp_);  // the same was made, and worked, in Make()
}

void Mail::Start() {
  if (!settings_.configured()) return;
  mail::MailSender::Options sending;
  sending.from = {*mail::MailboxOf(settings_.from), settings_.service_name};
  sending.lease = 2 * settings_.timeout + absl::Minutes(1);
  sending.first_retry = settings_.retry;
  sending.give_up_after = settings_.give_up_after;
  sender_ = std::make_unique<mail::MailSender>(std::move(sending), outbox_, *sealer_, *templates_,
                                               clock_, observer_);
  mail::MailWorker::Options working;
  working.threads = static_cast<int>(settings_.workers);
  working.poll = settings_.poll;
  worker_ = std::make_unique<mail::MailWorker>(
      working, *sender_, outbox_, [this] { return MakeTransport(); }, observer_);
  worker_->Start();
}

void Mail::Stop() {
  if (worker_ != nullptr) worker_->Stop();
}

absl::Status Mail::Maintain(absl::Time now) {
  return outbox_.RemoveGivenUp(now - kKeepGivenUp).status();
}

}  // namespace signet::app
