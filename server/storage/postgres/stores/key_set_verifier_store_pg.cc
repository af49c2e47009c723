#include "server/storage/postgres/stores/key_set_verifier_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

// In one order, so that two replicas that report the same verifiers do not lock each other out.
constexpr ServiceStatement kReport{"report_verifiers", R"sql(
  WITH gone AS (
    UPDATE signet.key_set_verifiers SET seen_at = '-infinity'
     WHERE verifier_id = ANY ($5::text[]) AND replica = $1)
  INSERT INTO signet.key_set_verifiers AS v (verifier_id, name, version, replica, seen_at)
  SELECT s.id, s.name, s.version, $1, $6
    FROM unnest($2::text[], $3::text[], $4::bigint[]) AS s (id, name, version)
   ORDER BY s.id
  ON CONFLICT (verifier_id) DO UPDATE SET
    name = excluded.name, version = greatest(v.version, excluded.version),
    replica = excluded.replica, seen_at = excluded.seen_at)sql"};

// A row without a verifier stands for none.
constexpr ServiceStatement kListVerifiers{"list_verifiers", R"sql(
  SELECT h.version, v.verifier_id, v.name, v.version, v.replica, v.seen_at
    FROM signet.signing_key_head AS h
    LEFT JOIN signet.key_set_verifiers AS v ON v.seen_at >= $1
   ORDER BY v.version, v.name COLLATE "C", v.verifier_id COLLATE "C"
   LIMIT 5000)sql"};

constexpr ServiceStatement kForgetVerifiers{"forget_verifiers",
                                            "SELECT signet.forget_verifiers($1)"};

}  // namespace

absl::Status KeySetVerifierStorePg::Report(absl::string_view replica,
                                           const std::vector<domain::KeySetVerifier>& seen,
                                           const std::vector<std::string>& left, absl::Time now) {
  ArrayText ids;
  ArrayText names;
  ArrayText versions;
  for (const domain::KeySetVerifier& verifier : seen) {
    ids.Append(verifier.id);
    names.Append(verifier.name);
    versions.Append(verifier.version);
  }
  Params params;
  params.Add(replica).Add(ids.Take()).Add(names.Take()).Add(versions.Take());
  return pool_.Execute(kReport, params.AddArray(left).Add(now)).status();
}

absl::StatusOr<domain::KeySetStanding> KeySetVerifierStorePg::List(absl::Time since) {
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kListVerifiers, Params().Add(since)));
  domain::KeySetStanding standing;
  standing.version = rows.Int64(0, 0);
  if (rows.IsNull(0, 1)) return standing;
  for (int i = 0; i < rows.size(); ++i) {
    standing.verifiers.push_back({rows.String(i, 1), rows.String(i, 2), rows.Int64(i, 3),
                                  rows.String(i, 4), rows.Time(i, 5)});
  }
  return standing;
}

absl::Status KeySetVerifierStorePg::Forget(absl::Time before) {
  return pool_.Execute(kForgetVerifiers, Params().Add(before)).status();
}

}  // namespace signet::storage
