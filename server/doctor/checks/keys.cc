#include <algorithm>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "server/doctor/checks.h"
#include "server/signing/sealed_key.h"
#include "server/storage/postgres/stores/signing_key_store_pg.h"

namespace signet::doctor {
namespace {

using domain::KeyState;
using domain::SigningKeyRecord;
using KekKeeper = Deployment::KekKeeper;

// Where servers do not rotate by themselves, as the alerts SignetKeyDue and SignetKeyOverdue have
// it.
constexpr absl::Duration kUsualLife = absl::Hours(24 * 90);
constexpr absl::Duration kDay = absl::Hours(24);

void JudgeAge(const Deployment& deployment, const SigningKeyRecord& active, Notes& notes) {
  const absl::Duration life =
      deployment.rotate_after > absl::ZeroDuration() ? deployment.rotate_after : kUsualLife;
  const absl::Duration age =
      deployment.clock->Now() - active.activated_at.value_or(active.created_at);
  const std::string seen =
      absl::StrCat(active.kid, " (", active.algorithm, ") signs since ",
                   absl::ToInt64Hours(age) / 24, " days, of ", absl::ToInt64Hours(life) / 24);
  if (age > life + life / 3) {
    return notes.Fail(absl::StrCat(seen, ": overdue"),
                      "look why the servers do not rotate; then signet key prepare and activate",
                      "docs/runbooks/keys.md#signetkeyoverdue");
  }
  if (age > life + kDay) {
    return notes.Warn(absl::StrCat(seen, ": due"), "look why the servers do not rotate",
                      "docs/runbooks/keys.md#signetkeydue");
  }
  notes.Ok(seen);
}

// Of those that sign or will: the others verify by their public halves.
bool HasToOpen(const SigningKeyRecord& key) {
  return key.state == KeyState::kPrepared || key.state == KeyState::kPublished ||
         key.state == KeyState::kActive;
}

// Whether there is a key-encryption key to open with.
absl::Status KekAtHand(const Deployment& deployment) {
  SIGNET_RETURN_IF_ERROR(deployment.kek.status());
  return deployment.kek_keeper == KekKeeper::kHardware ? (*deployment.hardware)->Begin()
                                                       : absl::OkStatus();
}

absl::string_view HowToGiveKek(KekKeeper keeper) {
  switch (keeper) {
    case KekKeeper::kVault:
      return "do as the check `vault` says";
    case KekKeeper::kHardware:
      return "do as the check `hardware` says";
    case KekKeeper::kNobody:
      break;
  }
  return "give the key-encryption key as keys.kek_file says, to the service's user alone";
}

}  // namespace

Finding CheckKeys(const Deployment& deployment) {
  Notes notes;
  const absl::Status kek = KekAtHand(deployment);
  if (!kek.ok()) {
    notes.Fail(kek.message(), HowToGiveKek(deployment.kek_keeper),
               "docs/runbooks/key-encryption-key-lost.md");
  }
  storage::SigningKeyStorePg store(*deployment.pool);
  const auto table = store.Load();
  if (!table.ok()) {
    return kek.ok() ? CannotTell(table.status().message()) : notes.Conclude();
  }
  if (table->keys.empty()) {
    notes.Ok("no key yet: the first server that starts makes one");
    return notes.Conclude();
  }
  const auto active =
      std::find_if(table->keys.begin(), table->keys.end(),
                   [](const SigningKeyRecord& key) { return key.state == KeyState::kActive; });
  if (active == table->keys.end()) {
    notes.Fail("no key signs", "start a server, which lets one sign; or signet key activate",
               "docs/runbooks/keys.md#signetnosigningkey");
  } else {
    JudgeAge(deployment, *active, notes);
  }
  if (!kek.ok()) return notes.Conclude();
  int opened = 0;
  for (const SigningKeyRecord& key : table->keys) {
    if (!HasToOpen(key)) continue;
    const absl::Status proved = signing::ProveKey(*deployment.kek, key);
    if (proved.ok()) {
      ++opened;
      continue;
    }
    notes.Fail(proved.message(), "give the server the key-encryption key that sealed it",
               "docs/runbooks/keys.md#signetkeysunreadable");
  }
  notes.Ok(absl::StrCat(opened, opened == 1 ? " key opens" : " keys open",
                        " with the key-encryption key"));
  return notes.Conclude();
}

}  // namespace signet::doctor
