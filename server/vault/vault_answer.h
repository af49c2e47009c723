#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "client/base/secret.h"
#include "client/token/json.h"

namespace signet::vault {

// One JSON object of Vault's. Members are named by JSON pointers: "/auth/client_token".
class VaultAnswer {
 public:
  // UNAVAILABLE for anything else: whoever answers so is not the Vault that was meant.
  static absl::StatusOr<VaultAnswer> Parse(const base::Secret& body);

  // Nothing where there is no such member, or one of another type.
  std::optional<base::Secret> Text(absl::string_view pointer) const;
  bool Flag(absl::string_view pointer) const;  // false, too, where there is none
  // How long a lease lasts: whole seconds. Infinite where it is 0 (no end), ten years at most.
  absl::Duration Lease(absl::string_view pointer) const;

 private:
  VaultAnswer() = default;

  std::unique_ptr<token::JsonReader> reader_;  // the object lies in it
  simdjson::dom::object object_;
};

// `{"a":"…","b":"…"}` of text members; strings are UTF-8.
base::Secret TextMembers(
    std::initializer_list<std::pair<absl::string_view, absl::string_view>> members);

}  // namespace signet::vault
