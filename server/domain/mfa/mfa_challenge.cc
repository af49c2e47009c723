#include "server/domain/mfa/mfa_challenge.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/base/big_endian.h"
#include "client/crypto/digest.h"
#include "server/domain/secret_token.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kMfaPrefix = "sgm_";
constexpr absl::string_view kChallengeLabel = "signet mfa challenge v1\n";
// The kind is the version: a server that knows no session tokens does not open a challenge for one.
constexpr char kTokens = 2;
constexpr char kSessionToken = 3;
constexpr size_t kMacSize = 32;
constexpr size_t kNumberSize = 8;
constexpr size_t kNamedTexts = 4;  // all but the scopes, which follow

void AppendNumber(int64_t value, size_t bytes, std::string& out) {
  base::AppendBigEndian(static_cast<uint64_t>(value), bytes, out);
}

void AppendText(absl::string_view text, std::string& out) {
  AppendNumber(static_cast<int64_t>(text.size()), 2, out);
  absl::StrAppend(&out, text);
}

// Takes fields off the front of what the MAC has vouched for.
class Fields {
 public:
  explicit Fields(absl::string_view rest) : rest_(rest) {}
  absl::string_view Take(size_t size) {
    if (size > rest_.size()) {
      whole_ = false;
      size = rest_.size();
    }
    const absl::string_view field = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return field;
  }
  int64_t Number(size_t bytes) { return static_cast<int64_t>(base::ReadBigEndian(Take(bytes))); }
  std::string Text() { return std::string(Take(static_cast<size_t>(Number(2)))); }
  bool whole() const { return whole_ && rest_.empty(); }

 private:
  absl::string_view rest_;
  bool whole_ = true;
};

}  // namespace

std::string MfaChallenges::Mac(absl::string_view body) const {
  return std::string(
      crypto::DigestView(crypto::HmacSha256(key_.reveal(), absl::StrCat(kChallengeLabel, body))));
}

base::Secret MfaChallenges::Issue(MfaChallenge challenge, absl::Time now) const {
  std::string body(1, challenge.kind == SessionKind::kSessionToken ? kSessionToken : kTokens);
  absl::StrAppend(&body, challenge.user_id.bytes(), challenge.session_id.bytes(),
                  challenge.device.bytes());
  AppendNumber(challenge.password_version, kNumberSize, body);
  AppendNumber(absl::ToUnixSeconds(now + life_), kNumberSize, body);
  AppendNumber(static_cast<int64_t>(kNamedTexts + challenge.scopes.size()), 1, body);
  for (const std::string* text : {&challenge.client_id, &challenge.audience, &challenge.device_name,
                                  &challenge.new_device_address}) {
    AppendText(*text, body);
  }
  for (const std::string& scope : challenge.scopes) AppendText(scope, body);
  body += Mac(body);
  std::string text(kMfaPrefix);
  base::Base64UrlAppend(body, text);
  return base::Secret(std::move(text));
}

std::optional<MfaChallenge> MfaChallenges::Open(absl::string_view text, absl::Time now) const {
  if (!absl::ConsumePrefix(&text, kMfaPrefix)) return std::nullopt;
  const std::optional<std::string> bytes = base::Base64UrlDecode(text);
  if (!bytes || bytes->size() <= kMacSize) return std::nullopt;
  const absl::string_view body = absl::string_view(*bytes).substr(0, bytes->size() - kMacSize);
  const absl::string_view mac = absl::string_view(*bytes).substr(body.size());
  if (!base::ConstantTimeEquals(Mac(body), mac)) return std::nullopt;

  Fields fields(body);
  const auto version = static_cast<char>(fields.Number(1));
  if (version != kTokens && version != kSessionToken) return std::nullopt;
  MfaChallenge challenge;
  if (version == kSessionToken) challenge.kind = SessionKind::kSessionToken;
  const auto user = base::UserId::FromBytes(fields.Take(kTokenIdSize));
  const auto session = base::SessionId::FromBytes(fields.Take(kTokenIdSize));
  const auto device = base::Uuid::FromBytes(fields.Take(kTokenIdSize));
  if (!user || !session || !device) return std::nullopt;
  challenge.user_id = *user;
  challenge.session_id = *session;
  challenge.device = *device;
  challenge.password_version = fields.Number(kNumberSize);
  challenge.expires_at = absl::FromUnixSeconds(fields.Number(kNumberSize));
  const auto texts = static_cast<size_t>(fields.Number(1));
  challenge.client_id = fields.Text();
  challenge.audience = fields.Text();
  challenge.device_name = fields.Text();
  challenge.new_device_address = fields.Text();
  for (size_t i = kNamedTexts; i < texts; ++i) challenge.scopes.push_back(fields.Text());
  if (!fields.whole() || now >= challenge.expires_at) return std::nullopt;
  return challenge;
}

}  // namespace signet::domain
