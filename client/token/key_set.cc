#include "client/token/key_set.h"

#include <algorithm>
#include <atomic>
#include <utility>

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/token/jwk.h"

namespace signet::token {
namespace {

constexpr size_t kMaxKidSize = 256;

uint64_t NextIdentity() {
  static std::atomic<uint64_t> next{1};
  return next.fetch_add(1, std::memory_order_relaxed);
}

bool IsPrintableAscii(absl::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c <= '~'; });
}

}  // namespace

KeySet::KeySet() : jwks_json_(R"({"keys":[]})"), identity_(NextIdentity()) {}

const KeySet::Key* KeySet::Find(absl::string_view kid) const {
  const auto found = index_.find(kid);
  return found == index_.end() ? nullptr : &keys_[found->second];
}

absl::Status KeySet::Builder::Add(absl::string_view kid, crypto::VerifyingKey key) {
  if (kid.empty() || kid.size() > kMaxKidSize || !IsPrintableAscii(kid)) {
    return base::FieldError("kid", "is empty, longer than 256 bytes or not printable ASCII");
  }
  for (const Key& other : keys_) {
    // Which of two keys is meant would depend on who reads the set.
    if (other.kid == kid) return base::FieldError("kid", "occurs twice");
  }
  std::string jwk = WriteJwk(kid, key);
  keys_.push_back(Key{std::string(kid), std::move(key), std::move(jwk)});
  return absl::OkStatus();
}

KeySet KeySet::Builder::Build(int64_t version) {
  KeySet set;
  set.version_ = version;
  set.keys_ = std::exchange(keys_, {});
  set.jwks_json_ = R"({"keys":[)";
  for (size_t i = 0; i < set.keys_.size(); ++i) {
    set.index_.emplace(set.keys_[i].kid, i);
    if (i > 0) set.jwks_json_.push_back(',');
    set.jwks_json_ += set.keys_[i].jwk;
  }
  set.jwks_json_ += "]}";
  return set;
}

}  // namespace signet::token
