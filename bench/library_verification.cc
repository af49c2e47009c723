#include "bench/library_verification.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iostream>
#include <memory>
#include <random>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/token/key_set.h"

namespace signet::bench {
namespace {

void Need(const absl::Status& status) {
  if (status.ok()) return;
  std::cerr << "the verifier library: " << status.message() << "\n";
  std::exit(1);
}

}  // namespace

LibraryVerification::LibraryVerification(Rules rules, const crypto::VerifyingKey& key,
                                         std::vector<std::string> tokens, size_t cache_bytes)
    : tokens_(std::move(tokens)),
      judge_({.issuer = std::move(rules.issuer),
              .audience = std::move(rules.audience),
              .cache_bytes = cache_bytes,
              .max_staleness = absl::InfiniteDuration()},
             knowledge_, clock_, *this, nullptr, nullptr) {
  token::KeySet::Builder builder;
  Need(builder.Add(rules.key_id, key));
  knowledge_.PutKeys(std::make_shared<const token::KeySet>(builder.Build(1)), 1, clock_.Now());
  for (const size_t count : {size_t{0}, kMostRevocations}) {
    revocations_[count] =
        token::RevocationSet().With(Revocations(count), clock_.Now(), clock_.Now());
  }
  Revoke(0);
  for (size_t i = 0; i < tokens_.size(); ++i) (*this)();
  std::shuffle(tokens_.begin(), tokens_.end(), std::minstd_rand());
}

// Equal shares of the kinds that touch one token, one session and one user.
std::vector<token::RevocationRecord> LibraryVerification::Revocations(size_t count) const {
  using token::RevocationKind;
  constexpr std::array kKinds = {RevocationKind::kToken, RevocationKind::kSession,
                                 RevocationKind::kUser};
  std::vector<token::RevocationRecord> records;
  for (size_t i = 0; i < count; ++i) {
    records.push_back({.sequence = static_cast<int64_t>(i) + 1,
                       .kind = kKinds[i % kKinds.size()],
                       .subject = absl::StrCat("revoked-", i),
                       .not_before = clock_.Now(),
                       .recorded_at = clock_.Now(),
                       .expires_at = clock_.Now() + absl::Hours(1)});
  }
  return records;
}

void LibraryVerification::Revoke(size_t revocations) {
  knowledge_.PutRevocations(revocations_.at(revocations));
}

void LibraryVerification::operator()() {
  const std::string& soon = tokens_[(next_ + 2) % tokens_.size()];  // just received: it is near
  for (size_t i = 0; i < soon.size(); i += 64) __builtin_prefetch(soon.data() + i);
  const auto token = judge_.Verify(tokens_[next_]);
  if (!token.ok()) Need(token.status());
  if (++next_ == tokens_.size()) next_ = 0;
}

}  // namespace signet::bench
