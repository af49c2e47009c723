#pragma once

#include <string>
#include <vector>

#include "absl/time/time.h"

namespace signet::domain {

// A role as a person or service account holds it, read in one piece with its holder.
struct HeldRole {
  std::string name;
  std::vector<std::string> permissions;  // of roles that were made; built-in ones have none here
  absl::Time expires_at = absl::InfiniteFuture();
};

// What somebody may do at one moment.
struct Access {
  std::vector<std::string> roles;        // as held, without those that have expired
  std::vector<std::string> permissions;  // of all of them; sorted, each once
  // Until when all of this holds: no token that says it may live longer.
  absl::Time until = absl::InfiniteFuture();
};

// The most roles that one subject holds, and the most bytes of permissions that go into a token:
// with them a token stays within its 8 KiB whatever else it says.
inline constexpr int kMostRoles = 16;
inline constexpr size_t kMostPermissionBytes = 1536;

// What `held` permits at `now`. A pure rule: a role counts before its expiry, and not at
// it.
Access AccessAt(const std::vector<HeldRole>& held, absl::Time now);

// Those of `permissions` that fit into a token, this server's own first. Who holds more gets less
// out of his token, never more; CheckPermission knows them all.
std::vector<std::string> FittingPermissions(std::vector<std::string> permissions);

}  // namespace signet::domain
