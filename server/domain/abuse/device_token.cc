#include "server/domain/abuse/device_token.h"

#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/crypto/digest.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kPrefix = "sgd_";
constexpr char kVersion = 1;
constexpr size_t kUserAt = 1;
constexpr size_t kDeviceAt = kUserAt + 16;
constexpr size_t kPasswordVersionAt = kDeviceAt + 16;
constexpr size_t kIssuedAt = kPasswordVersionAt + 8;
constexpr size_t kMacAt = kIssuedAt + 8;
constexpr size_t kSize = kMacAt + 32;

void AppendBigEndian(int64_t value, std::string& out) {
  for (int shift = 56; shift >= 0; shift -= 8) {
    out.push_back(static_cast<char>(static_cast<uint64_t>(value) >> shift));
  }
}

int64_t ReadBigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (const char byte : bytes) value = value << 8 | static_cast<uint8_t>(byte);
  return static_cast<int64_t>(value);
}

}  // namespace

base::Secret DeviceTokens::Issue(const KnownDevice& device, absl::Time now) const {
  std::string body(1, kVersion);
  body.append(device.user_id.bytes().data(), 16);
  body.append(device.device.bytes().data(), 16);
  AppendBigEndian(device.password_version, body);
  AppendBigEndian(absl::ToUnixSeconds(now), body);
  const crypto::Sha256Digest mac = crypto::HmacSha256(key_.reveal(), body);
  body.append(crypto::DigestView(mac).data(), mac.size());
  std::string text(kPrefix);
  base::Base64UrlAppend(body, text);
  return base::Secret(std::move(text));
}

base::Secret DeviceTokens::Renew(KnownDevice device, absl::Time now) const {
  if (device.device.is_nil()) device.device = base::Uuid::NewV7(now);
  return Issue(device, now);
}

std::optional<KnownDevice> DeviceTokens::Read(absl::string_view token, absl::Time now) const {
  std::string decoded;
  if (!absl::ConsumePrefix(&token, kPrefix) || !base::Base64UrlDecode(token, decoded)) {
    return std::nullopt;
  }
  const absl::string_view body = decoded;
  if (body.size() != kSize || body[0] != kVersion) return std::nullopt;
  const crypto::Sha256Digest mac = crypto::HmacSha256(key_.reveal(), body.substr(0, kMacAt));
  if (!base::ConstantTimeEquals(crypto::DigestView(mac), body.substr(kMacAt))) return std::nullopt;
  const absl::Time issued = absl::FromUnixSeconds(ReadBigEndian(body.substr(kIssuedAt, 8)));
  if (now - issued > life_) return std::nullopt;
  KnownDevice device;
  device.user_id = *base::UserId::FromBytes(body.substr(kUserAt, 16));
  device.device = *base::Uuid::FromBytes(body.substr(kDeviceAt, 16));
  device.password_version = ReadBigEndian(body.substr(kPasswordVersionAt, 8));
  return device;
}

}  // namespace signet::domain
