#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/ids.h"

namespace signet::audit {

// What the audit log hashes of an event. Names in capitals and numbers of kinds are those of the
// server's docs/audit.md. Absent ids are nil.
struct EventContent {
  base::Uuid id;
  absl::Time at;        // whole microseconds
  std::string action;   // "LOGIN"
  int32_t outcome = 0;  // 1 succeeded, 2 refused
  std::string reason;   // "WRONG_PASSWORD", or empty
  int32_t actor_kind = 0;
  base::Uuid actor;
  base::Uuid subject;
  base::Uuid session;
  std::string target;
  std::string request_id;
  std::string trace_id;
  // PersonalCommitment() of the personal data, 32 bytes; empty where the event has none.
  std::string personal_commitment;

  bool operator==(const EventContent&) const = default;
};

// The one encoding: "SGAE", a version byte 1, then each member in the order above as a 4-byte
// big-endian length and its bytes (ids 16 bytes, or none for nil; numbers 4 bytes and the time 8
// bytes of microseconds since 1970, big-endian). With its length before each, no two events have
// the same bytes.
std::string EncodeEvent(const EventContent& event);

// The event of exactly these bytes; nothing where EncodeEvent() would not have written them.
std::optional<EventContent> DecodeEvent(absl::string_view bytes);

// What is personal of an event, and not in the log itself.
struct PersonalData {
  std::string address;
  std::string user_agent;
  std::string identifier;

  bool empty() const { return address.empty() && user_agent.empty() && identifier.empty(); }
  bool operator==(const PersonalData&) const = default;
};

// 16 random bytes before an address or a name, of which there are few enough to try them all: once
// the salt is erased the commitment says nothing.
constexpr size_t kPersonalSaltSize = 16;

// salt || fields with their lengths: what is sealed.
std::string EncodePersonal(absl::string_view salt, const PersonalData& data);
std::optional<PersonalData> DecodePersonal(absl::string_view bytes);

// SHA-256 over a label and EncodePersonal()'s bytes, 32 bytes.
std::string PersonalCommitment(absl::string_view encoded);

}  // namespace signet::audit
