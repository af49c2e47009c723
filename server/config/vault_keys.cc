#include "server/config/vault_keys.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::config {
namespace {

using S = Settings;
using std::string;
using Dur = absl::Duration;

// Goes into a URL's path as it is.
bool IsPath(absl::string_view text) {
  constexpr absl::string_view kMarks = "-_./";
  const bool plain = std::all_of(text.begin(), text.end(), [&](char c) {
    return absl::ascii_isalnum(static_cast<unsigned char>(c)) || absl::StrContains(kMarks, c);
  });
  return plain && !text.empty() && !absl::StrContains(text, "//") &&
         !absl::StrContains(text, "..") && text.front() != '/' && text.back() != '/';
}

bool IsAddress(absl::string_view url) {
  absl::string_view rest = url;
  const bool here = absl::StartsWith(url, "http://127.0.0.1:") ||
                    absl::StartsWith(url, "http://localhost:") ||
                    absl::StartsWith(url, "http://[::1]:");
  if (!here && !absl::StartsWith(url, "https://")) return false;
  rest.remove_prefix(url.find("://") + 3);
  return !rest.empty() && rest.find_first_of("/?#@ \"\\") == rest.npos;
}

void CheckPath(absl::string_view path, absl::string_view text, std::vector<string>& problems) {
  if (IsPath(text)) return;
  problems.push_back(absl::StrCat(
      path, " is no path in Vault: letters, digits, '-', '_', '.', and '/' between them"));
}

void CheckLogin(const VaultSettings& vault, std::vector<string>& problems) {
  for (const absl::string_view address :
       absl::StrSplit(vault.addresses, absl::ByAnyChar(", "), absl::SkipEmpty())) {
    if (IsAddress(address)) continue;
    problems.push_back(absl::StrCat("vault.addresses: \"", address,
                                    "\" is no https address (http for this machine alone): scheme, "
                                    "host and port, and nothing after them"));
  }
  if (vault.role.empty()) {
    problems.push_back("vault.role is required: the role_id of AppRole, or the role of Kubernetes");
  }
  if (vault.login == "approle" && vault.secret.empty() && vault.secret_file.empty()) {
    problems.push_back("vault.secret is required for vault.login: approle: set vault.secret_file");
  }
  if (!vault.mount.empty()) CheckPath("vault.mount", vault.mount, problems);
  if (vault.name_space.find_first_of(" \t\"") != string::npos) {
    problems.push_back("vault.namespace holds a blank or a quote");
  }
  if (vault.database_role.empty()) return;
  CheckPath("vault.database_role", vault.database_role, problems);
  CheckPath("vault.database_mount", vault.database_mount, problems);
}

}  // namespace

std::vector<Key> MakeVaultKeys() {
  return {
      {"vault.addresses", "", Text{[](S& s) -> string& { return s.vault.addresses; }},
       "Addresses (https) of one Vault or OpenBao, separated by commas, in order of preference. "
       "Without one nothing is asked of it.",
       "https://vault-1.internal:8200, https://vault-2.internal:8200"},
      {"vault.ca", "", Path{[](S& s) -> string& { return s.vault.ca; }},
       "Authorities (PEM) of its certificate; without it, those of the system.",
       "/etc/signet/tls/vault-ca.crt"},
      {"vault.namespace", "", Text{[](S& s) -> string& { return s.vault.name_space; }},
       "Namespace of everything that is asked for.", "team/identity"},
      {"vault.login", "approle",
       Text{[](S& s) -> string& { return s.vault.login; }, {"approle", "kubernetes"}},
       "How this process logs in to it."},
      {"vault.mount", "", Text{[](S& s) -> string& { return s.vault.mount; }},
       "Where that method is mounted, below auth/; without it, at its own name.", "approle"},
      {"vault.role", "", Text{[](S& s) -> string& { return s.vault.role; }},
       "The role_id (approle), or the name of the role (kubernetes).",
       "0b6d6b4e-6d2c-7a43-5a52-8c6a4f6a9c11"},
      {"vault.secret", "",
       SecretText{[](S& s) -> base::Secret& { return s.vault.secret; },
                  [](S& s) -> string& { return s.vault.secret_file; }},
       "The secret_id, or the JWT of the service account; a file is read anew at each login. With "
       "kubernetes, without it, the pod's own.",
       "/etc/signet/vault-secret-id"},
      {"vault.timeout", "3s",
       Duration{[](S& s) -> Dur& { return s.vault.timeout; }, absl::Milliseconds(100),
                absl::Minutes(1)},
       "How long one address may take to answer."},
      {"vault.start_timeout", "1m",
       Duration{[](S& s) -> Dur& { return s.vault.start_timeout; }, absl::ZeroDuration(),
                absl::Hours(24)},
       "How long a start waits for Vault before it fails."},
      {"vault.database_role", "", Text{[](S& s) -> string& { return s.vault.database_role; }},
       "Role of the database engine that makes the credentials for `database.url` (and "
       "`database.listen_url`): members of the service role. Without it they are those of "
       "`database.password`.",
       "signet"},
      {"vault.database_mount", "database",
       Text{[](S& s) -> string& { return s.vault.database_mount; }},
       "Where that engine is mounted."},
  };
}

std::vector<Key> MakeKeyEncryptionKeys() {
  return {
      {"key_encryption.source", "key",
       Text{[](S& s) -> string& { return s.key_encryption.source; },
            {"key", "vault_kv", "vault_transit", "pkcs11"}},
       "Where the key-encryption key is: `key`, in `keys.kek`; `vault_kv`, a field of a secret of "
       "Vault's KV engine (version 2), in the form of `keys.kek`, read at each start; "
       "`vault_transit`, never out of Vault, which seals and opens keys itself; `pkcs11`, never "
       "out of a hardware module, which does so. What one source sealed another opens only where "
       "it is the same key; `signetd keys reseal` changes it."},
      {"key_encryption.vault_mount", "",
       Text{[](S& s) -> string& { return s.key_encryption.vault_mount; }},
       "Where the engine is mounted; without it at `secret`, or `transit`.", "secret"},
      {"key_encryption.vault_name", "signet",
       Text{[](S& s) -> string& { return s.key_encryption.vault_name; }},
       "Name of the secret, or of the transit key (of the type aes256-gcm96)."},
      {"key_encryption.vault_field", "kek",
       Text{[](S& s) -> string& { return s.key_encryption.vault_field; }}, "Field of that secret."},
  };
}

void CheckVault(const Settings& settings, std::vector<string>& problems) {
  const VaultSettings& vault = settings.vault;
  const KeyEncryptionSettings& kek = settings.key_encryption;
  if (vault.addresses.empty()) {
    if (!vault.database_role.empty()) {
      problems.push_back("vault.database_role needs vault.addresses");
    }
    if (kek.in_vault()) {
      problems.push_back(
          absl::StrCat("key_encryption.source: ", kek.source, " needs vault.addresses"));
    }
    return;
  }
  CheckLogin(vault, problems);
  if (!vault.database_role.empty() && !settings.database.password.empty()) {
    problems.push_back("database.password and vault.database_role exclude each other");
  }
  if (!vault.database_role.empty() && settings.database.pooler == "transaction") {
    problems.push_back(
        "vault.database_role and database.pooler: transaction exclude each other: the pooler knows "
        "the settings of one role, and these are ever new ones");
  }
  if (!kek.in_vault()) return;
  if (!settings.keys.kek.empty() || !settings.keys.kek_file.empty()) {
    problems.push_back(
        absl::StrCat("keys.kek and key_encryption.source: ", kek.source, " exclude each other"));
  }
  CheckPath("key_encryption.vault_name", kek.vault_name, problems);
  if (!kek.vault_mount.empty()) {
    CheckPath("key_encryption.vault_mount", kek.vault_mount, problems);
  }
  if (!IsPath(kek.vault_field) || absl::StrContains(kek.vault_field, '/')) {
    problems.push_back("key_encryption.vault_field is no name of a field");
  }
}

}  // namespace signet::config
