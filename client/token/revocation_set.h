#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/token/claims.h"
#include "client/token/reject_reason.h"

namespace signet::token {

enum class RevocationKind { kToken = 1, kSession = 2, kUser = 3, kKey = 4, kTenant = 5 };

// One entry of the ordered revocation log.
struct RevocationRecord {
  int64_t sequence = 0;  // gapless, in commit order
  RevocationKind kind = RevocationKind::kToken;
  std::string subject;  // jti, sid, sub or kid, as it stands in the token; of kTenant empty
  // kUser and kTenant only: tokens with an earlier `iat` are refused; whole seconds.
  absl::Time not_before;
  absl::Time recorded_at;
  absl::Time expires_at;  // when the last token it can touch has expired
};

// What of a token can be revoked.
struct RevocableNames {
  absl::string_view token_id;
  absl::string_view session_id;  // empty where there is none
  absl::string_view subject;
  absl::string_view key_id;
  int64_t issued_at = 0;  // in seconds since 1970
};

// Every revocation that can still touch a live token, at one point of the log. Immutable: With()
// makes the next set and shares what did not change, so that a delta costs far less than a copy of
// the whole. Lookups take no lock and do not allocate. Thread-safe.
class RevocationSet {
 public:
  // The empty set at sequence 0, known as of the infinite past.
  RevocationSet();

  // This set and `records` (ascending; those at or below sequence() are skipped), known as of
  // `as_of`; entries whose expires_at lies before `now` may be dropped.
  std::shared_ptr<const RevocationSet> With(const std::vector<RevocationRecord>& records,
                                            absl::Time as_of, absl::Time now) const;

  // Why a token of these names is revoked; nothing when it is not.
  std::optional<RejectReason> Find(const RevocableNames& names) const {
    return empty_ ? std::nullopt : FindInLevels(names);
  }
  // As Find(), of a token that is asked about at every use. `cleared` is the token's own, 0 at
  // first: which set was last found not to name it. While nothing was revoked since, that is one
  // comparison, and otherwise a look at the recent records alone, however many there are in all.
  std::optional<RejectReason> FindAgain(const RevocableNames& names,
                                        std::atomic<uint64_t>& cleared) const {
    if (empty_ || cleared.load(std::memory_order_relaxed) == identity()) return std::nullopt;
    return FindSinceCleared(names, cleared);
  }
  // The same of a token with these claims, signed by `key_id`.
  std::optional<RejectReason> Find(const AccessTokenClaims& claims, absl::string_view key_id) const;

  // No token of anybody with an earlier `iat` is good. Infinite past: there is no such time.
  absl::Time tenant_not_before() const;

  int64_t sequence() const { return sequence_; }
  // The log was read to its end at this time: what was committed before it is known here.
  absl::Time as_of() const { return as_of_; }
  size_t size() const;

 private:
  struct Index;
  std::optional<RejectReason> FindInLevels(const RevocableNames& names) const;
  std::optional<RejectReason> FindSinceCleared(const RevocableNames& names,
                                               std::atomic<uint64_t>& cleared) const;

  // Of all sets of the process, those with the same records; in the upper half that of the base.
  // Numbers come again after four thousand millions, by when the set of that number is long gone.
  uint64_t identity() const { return uint64_t{base_number_} << 32 | number_; }
  static uint32_t NextNumber();

  // A large base that changes seldom, and the recent records over it.
  std::shared_ptr<const Index> base_;
  std::shared_ptr<const Index> recent_;
  uint32_t base_number_ = NextNumber();
  uint32_t number_ = NextNumber();
  bool empty_ = true;  // nothing is revoked: the usual case, answered without looking at the levels
  int64_t sequence_ = 0;
  absl::Time as_of_ = absl::InfinitePast();
};

}  // namespace signet::token
