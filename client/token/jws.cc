#include "client/token/jws.h"

#include <optional>
#include <utility>

#include "absl/strings/match.h"
#include "client/base/base64url.h"
#include "client/token/json.h"

namespace signet::token {
namespace {

constexpr size_t kMaxHeaderMembers = 32;

struct Parts {
  absl::string_view header;
  absl::string_view payload;
  absl::string_view signature;
  absl::string_view signed_text;  // header and payload with the point between, as received
};

std::optional<Parts> Split(absl::string_view compact) {
  const size_t first = compact.find('.');
  if (first == absl::string_view::npos) return std::nullopt;
  const size_t second = compact.find('.', first + 1);
  if (second == absl::string_view::npos) return std::nullopt;
  if (compact.find('.', second + 1) != absl::string_view::npos) return std::nullopt;
  return Parts{compact.substr(0, first), compact.substr(first + 1, second - first - 1),
               compact.substr(second + 1), compact.substr(0, second)};
}

// What the header says, as it says it: nothing has been compared yet.
struct Header {
  std::optional<absl::string_view> alg;
  std::optional<absl::string_view> kid;
  std::optional<absl::string_view> typ;
  bool forbidden = false;  // has a member that we would have to honour
};

bool IsForbidden(absl::string_view name) {
  return name == "crit" || name == "jku" || name == "x5u" || name == "jwk" || name == "x5c" ||
         name == "b64" || name == "zip";
}

// Reads one of the three string members into its place; false where it is no string.
bool ReadInto(std::optional<absl::string_view>& place, const simdjson::dom::element& value) {
  place = JsonString(value);
  return place.has_value();
}

std::optional<Header> ReadHeader(simdjson::dom::object object) {
  if (object.size() > kMaxHeaderMembers) return std::nullopt;
  Header header;
  for (const auto member : object) {
    const absl::string_view name = ToAbsl(member.key);
    bool good = true;
    if (name == "alg") good = ReadInto(header.alg, member.value);
    if (name == "kid") good = ReadInto(header.kid, member.value);
    if (name == "typ") good = ReadInto(header.typ, member.value);
    if (!good) return std::nullopt;
    if (IsForbidden(name)) header.forbidden = true;
  }
  if (!header.alg) return std::nullopt;
  return header;
}

bool IsAccessTokenType(const std::optional<absl::string_view>& typ) {
  return typ && (absl::EqualsIgnoreCase(*typ, "at+jwt") ||
                 absl::EqualsIgnoreCase(*typ, "application/at+jwt"));
}

// The key that the header leads to, by the rules in their order.
std::variant<const KeySet::Key*, RejectReason> JudgeHeader(const Header& header, const KeySet& keys,
                                                           TypeRule type) {
  const auto algorithm = crypto::ParseAlgorithm(*header.alg);
  if (!algorithm) return RejectReason::kAlgorithmNotAllowed;
  const KeySet::Key* key = header.kid ? keys.Find(*header.kid) : nullptr;
  if (key == nullptr) return RejectReason::kKeyUnknown;
  // The algorithm belongs to the key (RFC 8725 section 3.1): a token cannot choose another.
  if (key->key.algorithm() != *algorithm) return RejectReason::kAlgorithmNotAllowed;
  if (type == TypeRule::kAccessToken && !IsAccessTokenType(header.typ)) {
    return RejectReason::kTypeInvalid;
  }
  if (header.forbidden) return RejectReason::kCriticalHeader;
  return key;
}

// Memory that a thread keeps from token to token.
struct Scratch {
  std::string header;
  std::string signature;
  JsonReader reader;
};

}  // namespace

std::variant<VerifiedJws, RejectReason> VerifyJws(absl::string_view compact, const KeySet& keys,
                                                  TypeRule type) {
  thread_local Scratch scratch;
  if (compact.size() > kMaxTokenSize) return RejectReason::kTooLarge;
  const std::optional<Parts> parts = Split(compact);
  VerifiedJws verified;
  if (!parts || !base::Base64UrlDecode(parts->header, scratch.header) ||
      !base::Base64UrlDecode(parts->payload, verified.payload) ||
      !base::Base64UrlDecode(parts->signature, scratch.signature)) {
    return RejectReason::kMalformed;
  }
  const auto object = scratch.reader.ReadObject(scratch.header);
  if (!object) return RejectReason::kMalformed;
  const std::optional<Header> header = ReadHeader(*object);
  if (!header) return RejectReason::kHeaderInvalid;
  const auto judged = JudgeHeader(*header, keys, type);
  if (const auto* reason = std::get_if<RejectReason>(&judged)) return *reason;
  verified.key = std::get<const KeySet::Key*>(judged);
  if (!verified.key->key.Verify(parts->signed_text, scratch.signature)) {
    return RejectReason::kSignatureInvalid;
  }
  return verified;
}

std::string EncodeAccessTokenHeader(crypto::Algorithm algorithm, absl::string_view kid) {
  std::string header = R"({"alg":)";
  AppendJsonString(crypto::AlgorithmName(algorithm), header);
  header += R"(,"typ":"at+jwt","kid":)";
  AppendJsonString(kid, header);
  header.push_back('}');
  return base::Base64UrlEncode(header);
}

}  // namespace signet::token
