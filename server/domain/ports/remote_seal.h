#pragma once

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/base/secret.h"

namespace signet::domain {

// A key that never leaves whoever keeps it: what is to be sealed or opened is sent there. Each call
// is a question over the network, so only what is asked seldom goes by it: keys, not what keys are
// used for. Thread-safe.
class RemoteSeal {
 public:
  virtual ~RemoteSeal() = default;

  // Which key it is; public. What another key sealed has another id.
  virtual const std::string& id() const = 0;

  // `context` has to be the same when it is opened. UNAVAILABLE: not to be had at the moment;
  // PERMISSION_DENIED, NOT_FOUND: for the operator.
  virtual absl::StatusOr<std::string> Seal(const base::Secret& plaintext,
                                           absl::string_view context) const = 0;
  // DATA_LOSS too: changed, of another context, or sealed by another key.
  virtual absl::StatusOr<base::Secret> Open(absl::string_view sealed,
                                            absl::string_view context) const = 0;
};

}  // namespace signet::domain
