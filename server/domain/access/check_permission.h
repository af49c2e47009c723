#pragma once

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "server/domain/call_info.h"
#include "server/domain/ports/access_store.h"

namespace signet::domain {

struct PermissionAnswer {
  bool allowed = false;
  std::vector<std::string> roles;             // by which ones; empty when not allowed
  absl::Time until = absl::InfiniteFuture();  // when the last of them expires
};

// Whether a person or service account holds a permission at this moment: by what is stored,
// not by what a token says, so a role that was given counts before the next refresh. Somebody who
// is not there, disabled or deleted, holds nothing. One round trip. Thread-safe.
class CheckPermission {
 public:
  explicit CheckPermission(AccessStore& store) : store_(store) {}

  absl::StatusOr<PermissionAnswer> Run(SubjectId subject, absl::string_view permission,
                                       const CallInfo& call);

 private:
  AccessStore& store_;
};

}  // namespace signet::domain
