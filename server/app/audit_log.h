#pragma once

#include <memory>
#include <optional>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "client/audit/checkpoint.h"
#include "client/base/clock.h"
#include "client/base/mutex.h"
#include "server/audit/checkpoint_file.h"
#include "server/audit/event_recorder.h"
#include "server/audit/sealer.h"
#include "server/config/settings.h"
#include "server/domain/audit/audit_trail.h"
#include "server/observe/audit_metrics.h"
#include "server/observe/logger.h"
#include "server/signing/key_encryption_key.h"
#include "server/storage/postgres/stores/audit_store_pg.h"
#include "server/storage/postgres/stores/audit_tree_store_pg.h"

namespace signet::app {

struct Database;
struct Telemetry;

// Publishes checkpoints where nobody who writes the database reaches them: a file, the log, the
// HTTP port, the metrics. Thread-safe.
class CheckpointBoard final : public audit::CheckpointPublisher {
 public:
  // All outlive it; `file` null: there is none.
  CheckpointBoard(observe::Logger& logger, observe::AuditMetrics& metrics,
                  audit::CheckpointFile* file)
      : logger_(logger), metrics_(metrics), file_(file) {}

  void Publish(const audit::Checkpoint& checkpoint, const std::string& note) override;
  // The newest one; nothing before the first.
  std::optional<std::string> Newest() const;

 private:
  observe::Logger& logger_;
  observe::AuditMetrics& metrics_;
  audit::CheckpointFile* const file_;
  mutable base::Mutex mutex_;
  std::optional<std::string> newest_ ABSL_GUARDED_BY(mutex_);
};

// What writes, seals and publishes the audit log. Thread-safe but for Seal().
class AuditLog {
 public:
  // Reads the two secrets, of sealing personal data and of signing checkpoints, or makes them.
  static absl::StatusOr<std::unique_ptr<AuditLog>> Make(const config::Settings& settings,
                                                        Database& database,
                                                        const signing::KeyEncryptionKey& kek,
                                                        Telemetry& telemetry,
                                                        observe::AuditMetrics& metrics);

  // One round of the sealer; a failure is logged and counted. One thread.
  void Seal();

  // Sealed keys were read and opened, by the server itself. Once for each version of the
  // key set, whichever thread it became whole on; one thread.
  absl::Status RecordKeyLoad(int64_t key_set_version);

  const audit::EventRecorder& recorder() const { return recorder_; }
  domain::AuditTrail& trail() { return trail_; }
  const CheckpointBoard& board() const { return board_; }
  const audit::CheckpointVerifier& verifier() const { return signer_.verifier(); }

 private:
  AuditLog(Database& database, Telemetry& telemetry, observe::AuditMetrics& metrics,
           base::Secret personal_key, audit::CheckpointSigner signer,
           std::unique_ptr<audit::CheckpointFile> file);

  const base::Clock& clock_;
  observe::Logger& logger_;
  observe::AuditMetrics& metrics_;
  const audit::EventRecorder recorder_;
  domain::AuditTrail trail_;
  storage::AuditTreeStorePg tree_;
  const audit::CheckpointSigner signer_;
  const std::unique_ptr<audit::CheckpointFile> file_;
  CheckpointBoard board_;
  audit::Sealer sealer_;
  int64_t recorded_key_set_ = 0;
  bool failing_ = false;  // one line per failure, not one per attempt
};

}  // namespace signet::app
