#pragma once

#include "client/base/secret.h"

namespace signet::passwords {

// Whether `password`, in any letter case, is one of the 150 or so that people choose most (of those
// with 8 bytes or more): the floor that holds without a file of breached passwords and whatever
// strength is configured. Thread-safe.
bool IsCommonPassword(const base::Secret& password);

}  // namespace signet::passwords
