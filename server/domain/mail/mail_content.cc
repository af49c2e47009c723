#include "server/domain/mail/mail_content.h"

#include <utility>

#include "client/base/big_endian.h"

namespace signet::domain {
namespace {

// Stored: values never change their meaning.
enum Tag : char {
  kAddress = 1,
  kAt = 2,
  kToken = 3,
  kNetworkAddress = 4,
  kDevice = 5,
  kNewEmail = 6,
  kChange = 7,
  kUntil = 8,
};

constexpr size_t kMaxDetail = 512;
constexpr size_t kLengthSize = 4;

void Append(Tag tag, absl::string_view value, std::string& out) {
  if (value.empty()) return;
  out.push_back(static_cast<char>(tag));
  base::AppendBigEndian(value.size(), kLengthSize, out);
  out.append(value.data(), value.size());
}

void AppendDetail(Tag tag, absl::string_view value, std::string& out) {
  Append(tag, value.substr(0, kMaxDetail), out);
}

void AppendTime(Tag tag, absl::Time time, std::string& out) {
  if (time == absl::Time()) return;
  const auto micros = static_cast<uint64_t>(absl::ToUnixMicros(time));
  std::string value;
  base::AppendBigEndian(micros, 8, value);
  Append(tag, value, out);
}

absl::Time ReadTime(absl::string_view value) {
  return absl::FromUnixMicros(static_cast<int64_t>(base::ReadBigEndian(value)));
}

void Take(char tag, absl::string_view value, OutgoingMail& mail) {
  switch (tag) {
    case kAddress:
      mail.address = std::string(value);
      break;
    case kAt:
      mail.at = ReadTime(value);
      break;
    case kToken:
      mail.token = base::Secret(value);
      break;
    case kNetworkAddress:
      mail.network_address = std::string(value);
      break;
    case kDevice:
      mail.device = std::string(value);
      break;
    case kNewEmail:
      mail.new_email = std::string(value);
      break;
    case kChange:
      mail.change = std::string(value);
      break;
    case kUntil:
      mail.until = ReadTime(value);
      break;
    default:
      break;
  }
}

}  // namespace

base::Secret EncodeMailContent(const OutgoingMail& mail) {
  std::string out;
  out.reserve(mail.address.size() + mail.token.size() +
              256);  // no copy of the token is left behind
  Append(kAddress, mail.address, out);
  AppendTime(kAt, mail.at, out);
  Append(kToken, mail.token.reveal(), out);
  AppendDetail(kNetworkAddress, mail.network_address, out);
  AppendDetail(kNewEmail, mail.new_email, out);
  AppendDetail(kChange, mail.change, out);
  AppendTime(kUntil, mail.until, out);
  AppendDetail(kDevice, mail.device, out);
  return base::Secret(std::move(out));
}

std::optional<OutgoingMail> DecodeMailContent(absl::string_view bytes) {
  OutgoingMail mail;
  while (!bytes.empty()) {
    if (bytes.size() < 1 + kLengthSize) return std::nullopt;
    const char tag = bytes[0];
    const uint64_t size = base::ReadBigEndian(bytes.substr(1, kLengthSize));
    bytes.remove_prefix(1 + kLengthSize);
    if (size > bytes.size()) return std::nullopt;
    Take(tag, bytes.substr(0, size), mail);
    bytes.remove_prefix(size);
  }
  return mail;
}

}  // namespace signet::domain
