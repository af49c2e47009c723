#include "server/storage/postgres/stores/bucket_store_pg.h"

#include "client/base/status_macros.h"
#include "server/storage/postgres/service_statement.h"

namespace signet::storage {
namespace {

constexpr ServiceStatement kExchange{
    "exchange_tokens",
    "SELECT granted, next_at FROM signet.exchange_tokens($1, $2, $3, $4, $5, $6)"};

}  // namespace

absl::StatusOr<std::vector<domain::BucketGrant>> BucketStorePg::Exchange(
    const std::vector<domain::BucketRequest>& requests, absl::Time now) {
  ArrayText keys;
  ArrayText spent;
  ArrayText wanted;
  ArrayText capacity;
  ArrayText period;
  for (const domain::BucketRequest& request : requests) {
    keys.Append(request.key.ToString());
    spent.Append(request.spent);
    wanted.Append(request.wanted);
    capacity.Append(request.capacity);
    period.Append(absl::ToInt64Milliseconds(request.period));
  }
  Params params;
  params.Add(keys.Take())
      .Add(spent.Take())
      .Add(wanted.Take())
      .Add(capacity.Take())
      .Add(period.Take())
      .Add(now);
  SIGNET_ASSIGN_OR_RETURN(const Rows rows, pool_.Execute(kExchange, params));
  std::vector<domain::BucketGrant> grants;
  for (int row = 0; row < rows.size(); ++row) {
    grants.push_back({rows.Int64(row, 0), rows.Time(row, 1)});
  }
  if (grants.size() != requests.size()) return absl::InternalError("a bucket has no answer");
  return grants;
}

}  // namespace signet::storage
