#include "server/signing/reseal.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/signing/sealed_key.h"
#include "server/signing/server_secret.h"

namespace signet::signing {
namespace {

using domain::ResealedRow;
using domain::SealedRow;

// A row that changes while the others are sealed is rare: an administrator prepares a key.
constexpr int kResealAttempts = 5;

std::string NameOf(const SealedRow& row) {
  return absl::StrCat(
      row.kind == SealedRow::Kind::kServerSecret ? "server secret " : "signing key ", row.name);
}

std::string ContextOf(const SealedRow& row) {
  return row.kind == SealedRow::Kind::kServerSecret ? ServerSecretContext(row.name)
                                                    : SigningKeyContext(row.name, row.algorithm);
}

absl::StatusOr<base::Secret> OpenRow(const KeyEncryptionKey& kek, const SealedRow& row) {
  auto opened = kek.Open(row.sealed, ContextOf(row));
  if (!absl::IsDataLoss(opened.status())) return opened;
  return absl::DataLossError(absl::StrCat(NameOf(row),
                                          " cannot be unsealed with key-encryption key ", kek.id(),
                                          ", under which it says it is sealed: the row "
                                          "was changed or moved"));
}

absl::StatusOr<std::string> SealAnew(const SealedRow& row, const KeyEncryptionKey& from,
                                     const KeyEncryptionKey& to) {
  SIGNET_ASSIGN_OR_RETURN(const base::Secret secret, OpenRow(from, row));
  SIGNET_ASSIGN_OR_RETURN(std::string sealed, to.Seal(secret, ContextOf(row)));
  const auto again = to.Open(sealed, ContextOf(row));
  if (!again.ok() && !absl::IsDataLoss(again.status())) return again.status();
  if (again.ok() && base::ConstantTimeEquals(again->reveal(), secret.reveal())) return sealed;
  return absl::InternalError(absl::StrCat("key-encryption key ", to.id(),
                                          " does not open what it has just sealed: ", NameOf(row)));
}

struct Resealing {
  std::vector<ResealedRow> rows;
  ResealReport report;
};

absl::StatusOr<Resealing> SealAll(const std::vector<SealedRow>& rows, const KeyEncryptionKey& from,
                                  const KeyEncryptionKey& to,
                                  const std::function<void(const std::string&)>& progress) {
  Resealing done;
  for (const SealedRow& row : rows) {
    if (row.sealed.empty()) continue;
    if (row.kek_id == to.id()) {
      SIGNET_RETURN_IF_ERROR(OpenRow(to, row).status());
      done.report.already.push_back(NameOf(row));
    } else if (row.kek_id == from.id()) {
      SIGNET_ASSIGN_OR_RETURN(std::string sealed, SealAnew(row, from, to));
      done.rows.push_back({row, std::move(sealed)});
      done.report.resealed.push_back(NameOf(row));
    } else if (row.over) {
      done.report.left.push_back(NameOf(row));
    } else {
      return absl::FailedPreconditionError(
          absl::StrCat(NameOf(row), " is sealed under key-encryption key ", row.kek_id,
                       ", which is neither the one to replace (", from.id(), ") nor the new one (",
                       to.id(), "): nothing was changed"));
    }
    if (progress) progress(NameOf(row));
  }
  return done;
}

// Which keys, without personal data.
domain::AuditRecord Event(const KeyEncryptionKey& from, const KeyEncryptionKey& to, absl::Time now,
                          const domain::AuditRecorder& audit) {
  domain::AuditEvent event;
  event.id = domain::AuditEventId::New(now);
  event.at = now;
  event.action = domain::AuditAction::kKeyReseal;
  event.actor.kind = domain::AuditActor::Kind::kOperator;
  // Ids of keys that are kept elsewhere have no length of their own.
  event.target = absl::StrCat(absl::string_view(from.id()).substr(0, 60), " -> ",
                              absl::string_view(to.id()).substr(0, 60));
  return audit.Record(std::move(event));
}

}  // namespace

absl::StatusOr<ResealReport> Reseal(domain::SealedRows& rows, const KeyEncryptionKey& from,
                                    const KeyEncryptionKey& to, ResealMode mode, absl::Time now,
                                    const domain::AuditRecorder& audit,
                                    const std::function<void(const std::string&)>& progress) {
  if (from.id() == to.id()) {
    return absl::InvalidArgumentError(absl::StrCat(
        "both configurations have the same key-encryption key, ", to.id(), ": nothing to change"));
  }
  for (int attempt = 0; attempt < kResealAttempts; ++attempt) {
    SIGNET_ASSIGN_OR_RETURN(const std::vector<SealedRow> read, rows.ReadAll());
    SIGNET_ASSIGN_OR_RETURN(Resealing done, SealAll(read, from, to, progress));
    if (mode == ResealMode::kDryRun || done.rows.empty()) return std::move(done.report);
    SIGNET_ASSIGN_OR_RETURN(const bool written, rows.Replace(done.rows, read.size(), to.id(),
                                                             Event(from, to, now, audit)));
    if (written) return std::move(done.report);
  }
  return absl::AbortedError(
      "signing keys were being changed by others all the time: nothing was changed; try again");
}

}  // namespace signet::signing
