#pragma once

#include "client/base/ids.h"

namespace signet::domain {

// Who is guessed at, and through which door: failures through one do not lock the other.
struct GuardKey {
  base::Uuid subject;  // the user id, or what stands for a name that nobody has
  base::Uuid device;   // a known device of the user; nil: anybody else
  bool operator==(const GuardKey&) const = default;
};

}  // namespace signet::domain
