#include "client/audit/hash_tree.h"

#include "absl/strings/str_cat.h"
#include "client/crypto/digest.h"

namespace signet::audit {
namespace {

Hash Sha256(const std::string& bytes) { return Hash(crypto::DigestView(crypto::Sha256(bytes))); }

}  // namespace

Hash LeafHash(absl::string_view content) {
  return Sha256(absl::StrCat(absl::string_view("\0", 1), content));
}

Hash NodeHash(absl::string_view left, absl::string_view right) {
  return Sha256(absl::StrCat("\x01", left, right));
}

}  // namespace signet::audit
