#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::base {

// A 128-bit UUID (RFC 9562). Text form is the canonical 36-character lower-case one.
class Uuid {
 public:
  constexpr Uuid() = default;  // the nil UUID

  // Version 7: milliseconds of `now`, then 74 random bits. Sorts by time of creation.
  static Uuid NewV7(absl::Time now);
  // Exactly the canonical form, lower case; nothing otherwise.
  static std::optional<Uuid> FromString(absl::string_view text);
  // Exactly 16 bytes, big-endian; nothing otherwise.
  static std::optional<Uuid> FromBytes(absl::string_view bytes);

  std::string ToString() const;
  absl::string_view bytes() const {
    return absl::string_view(reinterpret_cast<const char*>(bytes_.data()), bytes_.size());
  }
  bool is_nil() const { return *this == Uuid(); }

  auto operator<=>(const Uuid&) const = default;
  bool operator==(const Uuid&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Uuid& id) {
    return H::combine_contiguous(std::move(h), id.bytes_.data(), id.bytes_.size());
  }

 private:
  std::array<uint8_t, 16> bytes_{};
};

// A UUID of one kind of thing: a UserId is never accepted where a SessionId belongs.
template <typename Tag>
class Id {
 public:
  constexpr Id() = default;
  explicit constexpr Id(Uuid value) : value_(value) {}

  static Id New(absl::Time now) { return Id(Uuid::NewV7(now)); }
  static std::optional<Id> FromString(absl::string_view text) {
    const auto value = Uuid::FromString(text);
    if (!value) return std::nullopt;
    return Id(*value);
  }
  static std::optional<Id> FromBytes(absl::string_view bytes) {
    const auto value = Uuid::FromBytes(bytes);
    if (!value) return std::nullopt;
    return Id(*value);
  }

  const Uuid& uuid() const { return value_; }
  std::string ToString() const { return value_.ToString(); }
  absl::string_view bytes() const { return value_.bytes(); }

  auto operator<=>(const Id&) const = default;
  bool operator==(const Id&) const = default;
  template <typename H>
  friend H AbslHashValue(H h, const Id& id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  Uuid value_;
};

using UserId = Id<struct UserIdTag>;
// A session and its refresh-token lineage share one id (the `sid` claim).
using SessionId = Id<struct SessionIdTag>;
// The `jti` of an access token.
using TokenId = Id<struct TokenIdTag>;

}  // namespace signet::base
