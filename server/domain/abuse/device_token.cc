#include "server/domain/abuse/device_token.h"

#include <string>
#include <utility>

#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/base/big_endian.h"
#include "client/crypto/digest.h"

namespace signet::domain {
namespace {

constexpr absl::string_view kDevicePrefix = "sgd_";
constexpr char kDeviceVersion = 1;
constexpr size_t kDeviceUserAt = 1;
constexpr size_t kDeviceAt = kDeviceUserAt + 16;
constexpr size_t kPasswordVersionAt = kDeviceAt + 16;
constexpr size_t kIssuedAt = kPasswordVersionAt + 8;
constexpr size_t kMacAt = kIssuedAt + 8;
constexpr size_t kDeviceSize = kMacAt + 32;

int64_t Number(absl::string_view bytes) { return static_cast<int64_t>(base::ReadBigEndian(bytes)); }

}  // namespace

base::Secret DeviceTokens::Issue(const KnownDevice& device, absl::Time now) const {
  std::string body(1, kDeviceVersion);
  body.append(device.user_id.bytes().data(), 16);
  body.append(device.device.bytes().data(), 16);
  base::AppendBigEndian(static_cast<uint64_t>(device.password_version), 8, body);
  base::AppendBigEndian(static_cast<uint64_t>(absl::ToUnixSeconds(now)), 8, body);
  const crypto::Sha256Digest mac = crypto::HmacSha256(key_.reveal(), body);
  body.append(crypto::DigestView(mac).data(), mac.size());
  std::string text(kDevicePrefix);
  base::Base64UrlAppend(body, text);
  return base::Secret(std::move(text));
}

base::Secret DeviceTokens::Renew(KnownDevice device, absl::Time now) const {
  if (device.device.is_nil()) device.device = base::Uuid::NewV7(now);
  return Issue(device, now);
}

std::optional<KnownDevice> DeviceTokens::Read(absl::string_view token, absl::Time now) const {
  std::string decoded;
  if (!absl::ConsumePrefix(&token, kDevicePrefix) || !base::Base64UrlDecode(token, decoded)) {
    return std::nullopt;
  }
  const absl::string_view body = decoded;
  if (body.size() != kDeviceSize || body[0] != kDeviceVersion) return std::nullopt;
  const crypto::Sha256Digest mac = crypto::HmacSha256(key_.reveal(), body.substr(0, kMacAt));
  if (!base::ConstantTimeEquals(crypto::DigestView(mac), body.substr(kMacAt))) return std::nullopt;
  const absl::Time issued = absl::FromUnixSeconds(Number(body.substr(kIssuedAt, 8)));
  if (now - issued > life_) return std::nullopt;
  KnownDevice device;
  device.user_id = *base::UserId::FromBytes(body.substr(kDeviceUserAt, 16));
  device.device = *base::Uuid::FromBytes(body.substr(kDeviceAt, 16));
  device.password_version = Number(body.substr(kPasswordVersionAt, 8));
  return device;
}

}  // namespace signet::domain
