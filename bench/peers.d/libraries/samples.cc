#include "bench/peers.d/libraries/samples.h"

#include <filesystem>
#include <memory>
#include <utility>

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>
#include <openssl/x509.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "bench/lines_file.h"
#include "bench/sample_tokens.h"
#include "client/base/base64url.h"
#include "client/base/status_macros.h"
#include "client/crypto/openssl.h"
#include "client/token/claims_writer.h"
#include "client/token/jwk.h"
#include "client/token/jws.h"

namespace signet::bench {
namespace {

std::string Encoded(absl::string_view bytes) {
  std::string out;
  base::Base64UrlAppend(bytes, out);
  return out;
}

struct FreeBio {
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using BioPtr = std::unique_ptr<BIO, FreeBio>;

std::string BytesOf(BIO* bio) {
  char* data = nullptr;
  const long size = BIO_get_mem_data(bio, &data);
  return std::string(data, static_cast<size_t>(size));
}

// A token of the same payload under a header that says HS256, with the public key's PEM as the
// secret: who lets the token choose the algorithm takes it.
std::string Confused(absl::string_view payload, const std::string& public_pem) {
  const std::string input =
      absl::StrCat(Encoded(R"({"alg":"HS256","typ":"at+jwt"})"), ".", payload);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), public_pem.data(), static_cast<int>(public_pem.size()), crypto::Bytes(input),
       input.size(), mac, &size);
  return absl::StrCat(input, ".",
                      Encoded(absl::string_view(reinterpret_cast<const char*>(mac), size)));
}

// Each is wrong in one way alone.
absl::StatusOr<std::vector<std::string>> WrongTokens(const crypto::SigningKey& key,
                                                     const std::string& public_pem,
                                                     const std::string& live, absl::Time now) {
  SIGNET_ASSIGN_OR_RETURN(const auto stranger, crypto::SigningKey::Generate(key.algorithm()));
  const std::string header = token::EncodeAccessTokenHeader(key.algorithm(), kSampleKeyId);
  auto expired = SampleClaims(0, now - absl::Hours(2));
  auto elsewhere = SampleClaims(0, now);
  elsewhere.audiences = {"elsewhere.example"};
  auto other_issuer = SampleClaims(0, now);
  other_issuer.issuer = "https://elsewhere.example";

  const std::vector<std::string> parts = absl::StrSplit(live, '.');
  auto other_claims = SampleClaims(0, now);
  other_claims.subject = "018f3c5e-9b1a-7c3d-8e4f-ffffffffffff";
  std::string json;
  token::WriteClaims(other_claims, json);
  std::string signature = parts[2];
  signature[10] = signature[10] == 'A' ? 'B' : 'A';

  return std::vector<std::string>{
      absl::StrCat("expired\t", SignToken(expired, header, key)),
      absl::StrCat("for another audience\t", SignToken(elsewhere, header, key)),
      absl::StrCat("of another issuer\t", SignToken(other_issuer, header, key)),
      absl::StrCat("signed by another key\t", SignToken(SampleClaims(0, now), header, stranger)),
      absl::StrCat("with changed claims\t", parts[0], ".", Encoded(json), ".", parts[2]),
      absl::StrCat("with a changed signature\t", parts[0], ".", parts[1], ".", signature),
      absl::StrCat("without a signature (alg none)\t", Encoded(R"({"alg":"none","typ":"at+jwt"})"),
                   ".", parts[1], "."),
      absl::StrCat("with the public key as its HMAC secret\t", Confused(parts[1], public_pem)),
  };
}

absl::StatusOr<std::string> OneLine(const std::string& directory, absl::string_view file) {
  SIGNET_ASSIGN_OR_RETURN(const auto lines, ReadLines(absl::StrCat(directory, "/", file)));
  return lines[0];
}

}  // namespace

absl::Status WriteSamples(const std::string& directory, crypto::Algorithm algorithm, size_t count,
                          absl::Time now) {
  std::filesystem::create_directories(directory);
  SIGNET_ASSIGN_OR_RETURN(const auto key, crypto::SigningKey::Generate(algorithm));
  SIGNET_ASSIGN_OR_RETURN(const base::Secret der, key.ToPkcs8());
  const std::string bytes(der.reveal());

  const unsigned char* in = crypto::Bytes(bytes);
  const crypto::KeyPtr opened(d2i_AutoPrivateKey(nullptr, &in, static_cast<long>(bytes.size())));
  const BioPtr private_pem(BIO_new(BIO_s_mem()));
  const BioPtr public_pem(BIO_new(BIO_s_mem()));
  if (opened == nullptr ||
      PEM_write_bio_PKCS8PrivateKey(private_pem.get(), opened.get(), nullptr, nullptr, 0, nullptr,
                                    nullptr) != 1 ||
      PEM_write_bio_PUBKEY(public_pem.get(), opened.get()) != 1) {
    return absl::InternalError("OpenSSL writes no PEM");
  }
  const std::string pem = BytesOf(public_pem.get());
  const std::vector<std::string> tokens = SampleTokens(key, count, now);
  SIGNET_ASSIGN_OR_RETURN(const auto wrong, WrongTokens(key, pem, tokens[0], now));

  const auto path = [&](absl::string_view file) { return absl::StrCat(directory, "/", file); };
  SIGNET_RETURN_IF_ERROR(WriteLines(path("issuer"), {kIssuer}));
  SIGNET_RETURN_IF_ERROR(WriteLines(path("audience"), {kSampleAudience}));
  SIGNET_RETURN_IF_ERROR(WriteLines(path("key_id"), {kSampleKeyId}));
  SIGNET_RETURN_IF_ERROR(
      WriteLines(path("algorithm"), {std::string(crypto::AlgorithmName(algorithm))}));
  SIGNET_RETURN_IF_ERROR(WriteBytes(path("key.der"), bytes));
  SIGNET_RETURN_IF_ERROR(WriteBytes(path("private.pem"), BytesOf(private_pem.get())));
  SIGNET_RETURN_IF_ERROR(WriteBytes(path("public.pem"), pem));
  SIGNET_RETURN_IF_ERROR(
      WriteLines(path("jwk.json"), {token::WriteJwk(kSampleKeyId, key.verifying_key())}));
  SIGNET_RETURN_IF_ERROR(WriteLines(path("tokens"), tokens));
  return WriteLines(path("wrong"), wrong);
}

absl::StatusOr<Samples> ReadSamples(const std::string& directory) {
  Samples samples;
  SIGNET_ASSIGN_OR_RETURN(samples.issuer, OneLine(directory, "issuer"));
  SIGNET_ASSIGN_OR_RETURN(samples.audience, OneLine(directory, "audience"));
  SIGNET_ASSIGN_OR_RETURN(samples.key_id, OneLine(directory, "key_id"));
  SIGNET_ASSIGN_OR_RETURN(samples.algorithm, OneLine(directory, "algorithm"));
  SIGNET_ASSIGN_OR_RETURN(samples.jwk, OneLine(directory, "jwk.json"));
  SIGNET_ASSIGN_OR_RETURN(samples.public_pem, ReadBytes(directory + "/public.pem"));
  SIGNET_ASSIGN_OR_RETURN(samples.tokens, ReadLines(directory + "/tokens"));
  SIGNET_ASSIGN_OR_RETURN(const auto wrong, ReadLines(directory + "/wrong"));
  for (const std::string& line : wrong) {
    const std::vector<std::string> parts = absl::StrSplit(line, '\t');
    if (parts.size() != 2) return absl::InvalidArgumentError(absl::StrCat("in wrong: ", line));
    samples.wrong.push_back({parts[0], parts[1]});
  }
  return samples;
}

absl::StatusOr<crypto::SigningKey> ReadSampleKey(const std::string& directory) {
  SIGNET_ASSIGN_OR_RETURN(const auto name, OneLine(directory, "algorithm"));
  SIGNET_ASSIGN_OR_RETURN(std::string der, ReadBytes(directory + "/key.der"));
  const auto algorithm = crypto::ParseAlgorithm(name);
  if (!algorithm) return absl::InvalidArgumentError(absl::StrCat("no algorithm: ", name));
  return crypto::SigningKey::FromPkcs8(*algorithm, base::Secret(std::move(der)));
}

}  // namespace signet::bench
