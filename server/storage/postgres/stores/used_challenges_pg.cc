#include "server/storage/postgres/stores/used_challenges_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kUse{"use_challenge", R"sql(
  INSERT INTO signet.used_challenges (digest, expires_at) VALUES ($1, $2)
  ON CONFLICT (digest) DO NOTHING)sql"};

}  // namespace

absl::StatusOr<bool> UsedChallengesPg::Use(absl::string_view digest, absl::Time expires_at) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows,
                          pool_.Execute(kUse, Params().Add(Bytea{digest}).Add(expires_at)));
  return rows.affected() == 1;
}

}  // namespace signet::storage
