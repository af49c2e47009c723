#include "server/vault/vault_session.h"

#include <fstream>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"

namespace signet::vault {
namespace {

constexpr std::streamsize kMostSecretBytes = 16 << 10;

}  // namespace

VaultSession::VaultSession(const VaultApi& api, Options options, const base::Clock& clock,
                           VaultObserver& observer)
    : api_(api), options_(std::move(options)), clock_(clock), observer_(observer) {}

std::shared_ptr<const VaultSession::Token> VaultSession::Held() const {
  base::MutexLock lock(mutex_);
  return token_;
}

absl::Time VaultSession::due() const {
  const auto token = Held();
  return token == nullptr ? absl::InfinitePast() : token->due;
}

int64_t VaultSession::logins() const {
  const auto token = Held();
  return token == nullptr ? 0 : token->login;
}

absl::StatusOr<VaultAnswer> VaultSession::Ask(VaultMethod method, absl::string_view path,
                                              const base::Secret& body) {
  if (Held() == nullptr) SIGNET_RETURN_IF_ERROR(LogIn(0));
  const auto token = Held();
  auto answer = api_.Call(method, path, token->value, body);
  if (!absl::IsPermissionDenied(answer.status())) return answer;
  // Refused: the path, or the token itself? Only the second is helped by another one.
  const auto known = api_.Call(VaultMethod::kRead, "auth/token/lookup-self", token->value, {});
  if (!absl::IsPermissionDenied(known.status())) return answer;
  SIGNET_RETURN_IF_ERROR(LogIn(token->login));
  return api_.Call(method, path, Held()->value, body);
}

absl::Status VaultSession::Tend() {
  const auto token = Held();
  if (token == nullptr) return LogIn(0);
  const absl::Time now = clock_.Now();
  if (now < token->due) return absl::OkStatus();
  if (!token->renewable) return LogIn(token->login);
  const auto renewed =
      api_.Call(VaultMethod::kWrite, "auth/token/renew-self", token->value, base::Secret("{}"));
  if (absl::IsUnavailable(renewed.status())) return renewed.status();
  if (!renewed.ok()) return LogIn(token->login);  // it knows the token no more
  // Its longest life comes near: what is left gets less with each renewal.
  if (renewed->Lease("/auth/lease_duration") * 2 < token->first_life) return LogIn(token->login);
  Hold(*renewed, now, token.get());
  observer_.OnLease(VaultLease::kTokenRenewed);
  return absl::OkStatus();
}

void VaultSession::Hold(const VaultAnswer& answer, absl::Time now, const Token* renewed) {
  auto token = std::make_shared<Token>();
  const absl::Duration life = answer.Lease("/auth/lease_duration");
  token->value = *answer.Text("/auth/client_token");
  token->first_life = renewed == nullptr ? life : renewed->first_life;
  token->due = now + life / 2;
  token->renewable = answer.Flag("/auth/renewable");
  base::MutexLock lock(mutex_);
  token->login = renewed != nullptr ? renewed->login : token_ == nullptr ? 1 : token_->login + 1;
  token_ = std::move(token);
}

absl::Status VaultSession::LogIn(int64_t login) {
  base::MutexLock alone(logging_in_);
  if (logins() != login) return absl::OkStatus();
  SIGNET_ASSIGN_OR_RETURN(const base::Secret secret, ReadSecret());
  const absl::string_view role = options_.role;
  const base::Secret body = options_.method == Options::Method::kAppRole
                                ? TextMembers({{"role_id", role}, {"secret_id", secret.reveal()}})
                                : TextMembers({{"role", role}, {"jwt", secret.reveal()}});
  const absl::Time now = clock_.Now();
  SIGNET_ASSIGN_OR_RETURN(
      const VaultAnswer answer,
      api_.Call(VaultMethod::kWrite, absl::StrCat("auth/", options_.mount, "/login"), {}, body));
  if (!answer.Text("/auth/client_token")) {
    return absl::UnavailableError("Vault answered a login without a token");
  }
  Hold(answer, now, nullptr);
  observer_.OnLease(VaultLease::kLoggedIn);
  return absl::OkStatus();
}

absl::StatusOr<base::Secret> VaultSession::ReadSecret() const {
  if (options_.secret_file.empty()) return options_.secret.Clone();
  std::ifstream file(options_.secret_file, std::ios::binary);
  std::string text(static_cast<size_t>(kMostSecretBytes), '\0');
  file.read(text.data(), kMostSecretBytes);
  if (!file.eof()) {  // not there, a directory, or more than such a secret can be
    base::Wipe(text);
    return absl::FailedPreconditionError(
        absl::StrCat(options_.secret_file, ", for the login to Vault, cannot be read"));
  }
  base::Secret secret(absl::StripAsciiWhitespace(
      absl::string_view(text.data(), static_cast<size_t>(file.gcount()))));
  base::Wipe(text);
  return secret;
}

}  // namespace signet::vault
