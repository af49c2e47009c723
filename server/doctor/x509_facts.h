#pragma once

#include <memory>
#include <string>
#include <vector>

#include <openssl/x509.h>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace signet::doctor {

// Reading certificates. A chain is leaf first, as in the file.

using Certificate = std::shared_ptr<X509>;

// INVALID_ARGUMENT: unreadable, or no certificate in it.
absl::StatusOr<std::vector<Certificate>> ReadChain(const std::string& file);

// OK: the PEM key in the file is that of the certificate. INVALID_ARGUMENT otherwise, with what is
// wrong.
absl::Status CheckKeyOf(const Certificate& certificate, const std::string& file);

// Its first and its last instant; the infinite ones where they cannot be read.
absl::Time BeginOf(const Certificate& certificate);
absl::Time EndOf(const Certificate& certificate);

// Whether a client that asked for this host, a name or an address, takes it (RFC 9525).
bool IsFor(const Certificate& certificate, const std::string& host);
// Whether it may be shown by a server (extended key usage).
bool IsForServers(const Certificate& certificate);
// Whether each is signed by the next: the order in which a server has to send them.
bool IsInOrder(const std::vector<Certificate>& chain);
// Whether the authorities that this machine trusts lead to it.
bool IsTrustedHere(const std::vector<Certificate>& chain);
bool AreTheSame(const Certificate& a, const Certificate& b);

// "CN=id.example.com", at most so many characters.
std::string SubjectOf(const Certificate& certificate);

}  // namespace signet::doctor
