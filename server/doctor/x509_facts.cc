#include "server/doctor/x509_facts.h"

#include <algorithm>
#include <ctime>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "absl/strings/str_cat.h"

namespace signet::doctor {
namespace {

constexpr size_t kMostSubject = 120;

using Bio = std::unique_ptr<BIO, decltype(&BIO_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Store = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)>;

absl::Time TimeOf(const ASN1_TIME* time, absl::Time unreadable) {
  std::tm parts{};
  if (ASN1_TIME_to_tm(time, &parts) != 1) return unreadable;
  return absl::FromTM(parts, absl::UTCTimeZone());
}

// A key with a passphrase is not asked for at the terminal: the server could not ask either.
int NoPassphrase(char*, int, int, void*) { return -1; }

}  // namespace

absl::StatusOr<std::vector<Certificate>> ReadChain(const std::string& file) {
  const Bio bio(BIO_new_file(file.c_str(), "r"), &BIO_free);
  std::vector<Certificate> chain;
  while (bio != nullptr) {
    X509* next = PEM_read_bio_X509(bio.get(), nullptr, &NoPassphrase, nullptr);
    if (next == nullptr) break;
    chain.emplace_back(next, &X509_free);
  }
  ERR_clear_error();
  if (bio == nullptr) return absl::InvalidArgumentError(absl::StrCat(file, " cannot be read"));
  if (chain.empty()) return absl::InvalidArgumentError(absl::StrCat("no certificate in ", file));
  return chain;
}

absl::Status CheckKeyOf(const Certificate& certificate, const std::string& file) {
  const Bio bio(BIO_new_file(file.c_str(), "r"), &BIO_free);
  const Key key(bio == nullptr
                    ? nullptr
                    : PEM_read_bio_PrivateKey(bio.get(), nullptr, &NoPassphrase, nullptr),
                &EVP_PKEY_free);
  const bool match = key != nullptr && X509_check_private_key(certificate.get(), key.get()) == 1;
  ERR_clear_error();
  if (bio == nullptr) return absl::InvalidArgumentError(absl::StrCat(file, " cannot be read"));
  if (key == nullptr) {
    return absl::InvalidArgumentError(
        absl::StrCat("no private key without a passphrase in ", file));
  }
  if (match) return absl::OkStatus();
  return absl::InvalidArgumentError(
      absl::StrCat("the key in ", file, " is not that of the certificate"));
}

absl::Time BeginOf(const Certificate& certificate) {
  return TimeOf(X509_get0_notBefore(certificate.get()), absl::InfiniteFuture());
}

absl::Time EndOf(const Certificate& certificate) {
  return TimeOf(X509_get0_notAfter(certificate.get()), absl::InfinitePast());
}

bool IsFor(const Certificate& certificate, const std::string& host) {
  return X509_check_host(certificate.get(), host.data(), host.size(), 0, nullptr) == 1 ||
         X509_check_ip_asc(certificate.get(), host.c_str(), 0) == 1;
}

bool IsForServers(const Certificate& certificate) {
  return X509_check_purpose(certificate.get(), X509_PURPOSE_SSL_SERVER, 0) == 1;
}

bool IsInOrder(const std::vector<Certificate>& chain) {
  for (size_t i = 0; i + 1 < chain.size(); ++i) {
    if (X509_check_issued(chain[i + 1].get(), chain[i].get()) != X509_V_OK) return false;
    const Key key(X509_get_pubkey(chain[i + 1].get()), &EVP_PKEY_free);
    if (key == nullptr || X509_verify(chain[i].get(), key.get()) != 1) {
      ERR_clear_error();
      return false;
    }
  }
  return true;
}

bool IsTrustedHere(const std::vector<Certificate>& chain) {
  const Store store(X509_STORE_new(), &X509_STORE_free);
  const StoreContext context(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
  if (store == nullptr || context == nullptr || X509_STORE_set_default_paths(store.get()) != 1) {
    return false;
  }
  STACK_OF(X509)* others = sk_X509_new_null();
  for (size_t i = 1; i < chain.size(); ++i) sk_X509_push(others, chain[i].get());
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().get(), others);
  X509_STORE_CTX_set_purpose(context.get(), X509_PURPOSE_SSL_SERVER);
  const bool trusted = X509_verify_cert(context.get()) == 1;
  sk_X509_free(others);
  ERR_clear_error();
  return trusted;
}

bool AreTheSame(const Certificate& a, const Certificate& b) {
  return X509_cmp(a.get(), b.get()) == 0;
}

std::string SubjectOf(const Certificate& certificate) {
  const Bio bio(BIO_new(BIO_s_mem()), &BIO_free);
  X509_NAME_print_ex(bio.get(), X509_get_subject_name(certificate.get()), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, std::min(static_cast<size_t>(size), kMostSubject));
}

}  // namespace signet::doctor
