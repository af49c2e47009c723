#include "server/vault/transit_seal.h"

#include <optional>
#include <utility>

#include "absl/algorithm/container.h"
#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::vault {
namespace {

base::Secret ToBase64(absl::string_view bytes) {
  std::string text;
  absl::Base64Escape(bytes, &text);
  return base::Secret(std::move(text));
}

std::optional<base::Secret> FromBase64(absl::string_view text) {
  std::string bytes;
  if (!absl::Base64Unescape(text, &bytes)) return std::nullopt;
  return base::Secret(std::move(bytes));
}

}  // namespace

TransitSeal::TransitSeal(VaultSession& session, absl::string_view mount, absl::string_view key)
    : session_(session),
      encrypt_(absl::StrCat(mount, "/encrypt/", key)),
      decrypt_(absl::StrCat(mount, "/decrypt/", key)),
      id_(absl::StrCat("vault:", mount, "/", key)) {}

absl::StatusOr<std::string> TransitSeal::Seal(const base::Secret& plaintext,
                                              absl::string_view context) const {
  const base::Secret body = TextMembers({{"plaintext", ToBase64(plaintext.reveal()).reveal()},
                                         {"associated_data", ToBase64(context).reveal()}});
  SIGNET_ASSIGN_OR_RETURN(const VaultAnswer answer,
                          session_.Ask(VaultMethod::kWrite, encrypt_, body));
  const auto sealed = answer.Text("/data/ciphertext");
  if (!sealed)
    return absl::UnavailableError("Vault's transit engine answered without a ciphertext");
  return std::string(sealed->reveal());
}

absl::StatusOr<base::Secret> TransitSeal::Open(absl::string_view sealed,
                                               absl::string_view context) const {
  const absl::Status damaged = absl::DataLossError("not sealed by this key of Vault's");
  // Anything else in the row is no reason to ask, and might be no UTF-8.
  if (!absl::StartsWith(sealed, "vault:v") ||
      !absl::c_all_of(sealed, [](unsigned char c) { return absl::ascii_isprint(c); })) {
    return damaged;
  }
  const base::Secret body =
      TextMembers({{"ciphertext", sealed}, {"associated_data", ToBase64(context).reveal()}});
  const auto answer = session_.Ask(VaultMethod::kWrite, decrypt_, body);
  // So it says that the ciphertext, or its associated data, is another one.
  if (absl::IsInvalidArgument(answer.status())) return damaged;
  SIGNET_RETURN_IF_ERROR(answer.status());
  const auto text = answer->Text("/data/plaintext");
  auto plaintext = text ? FromBase64(text->reveal()) : std::nullopt;
  if (plaintext) return *std::move(plaintext);
  return absl::UnavailableError("Vault's transit engine answered without a plaintext");
}

}  // namespace signet::vault
