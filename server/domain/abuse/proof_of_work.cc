#include "server/domain/abuse/proof_of_work.h"

#include <optional>
#include <string>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/big_endian.h"
#include "client/base/clock.h"
#include "client/base/random.h"
#include "client/crypto/digest.h"
#include "client/token/json.h"

namespace signet::domain {
namespace {

constexpr size_t kMostSolutionBytes = 2048;
constexpr absl::string_view kExpires = "?expires=";

std::string Hex(const crypto::Sha256Digest& digest) {
  return absl::BytesToHexString(crypto::DigestView(digest));
}

// Evenly from 0 to `most`, but for a part in 2^40: it is a guess's length, not a key.
int64_t RandomUpTo(int64_t most) {
  const uint64_t value = base::ReadBigEndian(base::RandomBytes(8));
  return static_cast<int64_t>(value % static_cast<uint64_t>(most + 1));
}

struct Solution {
  std::string challenge;
  std::string salt;
  std::string signature;
  int64_t number = 0;
};

std::optional<std::string> Member(const simdjson::dom::object& object, const char* name) {
  simdjson::dom::element element;
  if (object.at_key(name).get(element) != simdjson::SUCCESS) return std::nullopt;
  const auto text = token::JsonString(element);
  if (!text) return std::nullopt;
  return std::string(*text);
}

std::optional<Solution> ReadSolution(absl::string_view text) {
  std::string json;
  if (text.size() > kMostSolutionBytes || !absl::Base64Unescape(text, &json)) return std::nullopt;
  static thread_local token::JsonReader reader;
  const auto object = reader.ReadObject(json);
  if (!object || Member(*object, "algorithm") != "SHA-256") return std::nullopt;
  const auto challenge = Member(*object, "challenge");
  const auto salt = Member(*object, "salt");
  const auto signature = Member(*object, "signature");
  Solution solution;
  if (!challenge || !salt || !signature ||
      object->at_key("number").get(solution.number) != simdjson::SUCCESS || solution.number < 0) {
    return std::nullopt;
  }
  solution.challenge = *challenge;
  solution.salt = *salt;
  solution.signature = *signature;
  return solution;
}

// Of a salt of ours: "<24 hexadecimal digits>?expires=<seconds>&".
std::optional<absl::Time> ExpiryOf(absl::string_view salt) {
  const size_t at = salt.find(kExpires);
  if (at == salt.npos || !absl::ConsumeSuffix(&salt, "&")) return std::nullopt;
  int64_t seconds = 0;
  if (!absl::SimpleAtoi(salt.substr(at + kExpires.size()), &seconds)) return std::nullopt;
  return absl::FromUnixSeconds(seconds);
}

}  // namespace

std::string ProofOfWork::Sign(absl::string_view challenge) const {
  return Hex(crypto::HmacSha256(key_.reveal(), challenge));
}

Challenge ProofOfWork::Issue(absl::Time now) {
  Challenge challenge;
  challenge.kind = Challenge::Kind::kProofOfWork;
  challenge.expires_at = base::WholeSeconds(now + options_.life);
  challenge.max_number = options_.max_number;
  challenge.salt = absl::StrCat(absl::BytesToHexString(base::RandomBytes(12)), kExpires,
                                absl::ToUnixSeconds(challenge.expires_at), "&");
  const int64_t number = RandomUpTo(options_.max_number);
  challenge.challenge = Hex(crypto::Sha256(absl::StrCat(challenge.salt, number)));
  challenge.signature = Sign(challenge.challenge);
  return challenge;
}

absl::StatusOr<bool> ProofOfWork::Check(absl::string_view text, const CallInfo& call) {
  const auto solution = ReadSolution(text);
  if (!solution) return false;
  const auto expires_at = ExpiryOf(solution->salt);
  if (!expires_at || *expires_at <= call.now) return false;
  // Its signature says that the challenge is ours; the hash, that salt and number belong to it.
  if (!base::ConstantTimeEquals(Sign(solution->challenge), solution->signature)) return false;
  const auto hash = crypto::Sha256(absl::StrCat(solution->salt, solution->number));
  if (Hex(hash) != solution->challenge) return false;
  return used_.Use(crypto::DigestView(crypto::Sha256(solution->signature)), *expires_at);
}

}  // namespace signet::domain
