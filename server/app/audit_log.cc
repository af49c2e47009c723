#include "server/app/audit_log.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/status_macros.h"
#include "server/app/parts.h"
#include "server/signing/server_secret.h"

namespace signet::app {
namespace {

using observe::LogLevel;

// Which log: the issuer without its scheme, as a name that a checkpoint can begin with.
std::string OriginOf(absl::string_view issuer) {
  if (!absl::ConsumePrefix(&issuer, "https://")) absl::ConsumePrefix(&issuer, "http://");
  return absl::StrCat(absl::StripSuffix(issuer, "/"), "/audit");
}

}  // namespace

void CheckpointBoard::Publish(const audit::Checkpoint& checkpoint, const std::string& note) {
  {
    base::MutexLock lock(mutex_);
    newest_ = note;
  }
  metrics_.tree_size.store(checkpoint.size);
  logger_.Write(LogLevel::kInfo, "audit checkpoint",
                {{observe::log_key::kCount, checkpoint.size}, {observe::log_key::kState, note}});
  if (file_ == nullptr) return;
  if (const absl::Status status = file_->Append(note); !status.ok()) {
    metrics_.failures.fetch_add(1);
    logger_.Write(LogLevel::kError, "audit checkpoint not written to its file",
                  {{observe::log_key::kError, std::string(status.message())}});
  }
}

std::optional<std::string> CheckpointBoard::Newest() const {
  base::MutexLock lock(mutex_);
  return newest_;
}

absl::StatusOr<std::unique_ptr<AuditLog>> AuditLog::Make(const config::Settings& settings,
                                                         Database& database,
                                                         const signing::KeyEncryptionKey& kek,
                                                         Telemetry& telemetry,
                                                         observe::AuditMetrics& metrics) {
  SIGNET_ASSIGN_OR_RETURN(
      base::Secret personal,
      signing::LoadServerSecret(database.signing_keys, kek, "audit-personal-v1"));
  SIGNET_ASSIGN_OR_RETURN(
      const base::Secret seed,
      signing::LoadServerSecret(database.signing_keys, kek, "audit-checkpoint-v1"));
  SIGNET_ASSIGN_OR_RETURN(
      audit::CheckpointSigner signer,
      audit::CheckpointSigner::FromSeed(OriginOf(settings.tokens.issuer), seed));
  std::unique_ptr<audit::CheckpointFile> file;
  if (!settings.audit.checkpoint_file.empty()) {
    SIGNET_ASSIGN_OR_RETURN(file, audit::CheckpointFile::Open(settings.audit.checkpoint_file));
  }
  return std::unique_ptr<AuditLog>(new AuditLog(database, telemetry, metrics, std::move(personal),
                                                std::move(signer), std::move(file)));
}

AuditLog::AuditLog(Database& database, Telemetry& telemetry, observe::AuditMetrics& metrics,
                   base::Secret personal_key, audit::CheckpointSigner signer,
                   std::unique_ptr<audit::CheckpointFile> file)
    : clock_(telemetry.clock),
      logger_(telemetry.logger),
      metrics_(metrics),
      recorder_(std::move(personal_key)),
      trail_(recorder_, database.audit),
      tree_(*database.pool),
      signer_(std::move(signer)),
      file_(std::move(file)),
      board_(logger_, metrics_, file_.get()),
      sealer_(tree_, signer_, board_) {}

void AuditLog::Seal() {
  const absl::Time now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  const auto sealed = sealer_.Run(now);
  if (sealed.ok()) {
    metrics_.Sealed(now, sealed->events, sealed->lag);
    failing_ = false;
    return;
  }
  metrics_.failures.fetch_add(1);
  if (std::exchange(failing_, true)) return;
  logger_.Write(LogLevel::kError, "the audit log is not being sealed",
                {{observe::log_key::kError, std::string(sealed.status().message())}});
}

absl::Status AuditLog::RecordKeyLoad(int64_t key_set_version) {
  if (key_set_version == recorded_key_set_) return absl::OkStatus();
  domain::CallInfo call;
  call.now = absl::FromUnixMicros(absl::ToUnixMicros(clock_.Now()));
  domain::AuditEvent event = AuditEventOf(domain::AuditAction::kKeyLoad, call);
  event.actor.kind = domain::AuditActor::Kind::kServer;
  event.target = absl::StrCat("key set ", key_set_version);
  SIGNET_RETURN_IF_ERROR(trail_.Append(std::move(event)));
  recorded_key_set_ = key_set_version;
  return absl::OkStatus();
}

}  // namespace signet::app
