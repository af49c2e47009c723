#include "client/crypto/public_key_parts.h"

#include <string>
#include <utility>

#include <openssl/core_names.h>

#include "absl/status/status.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "client/crypto/key_context.h"
#include "client/crypto/roca.h"

namespace signet::crypto {
namespace {

constexpr int kMinRsaBits = 2048;
constexpr int kMaxRsaBits = 8192;
constexpr size_t kMaxExponentBytes = 4;
constexpr size_t kEd25519Size = 32;

const char* GroupName(Algorithm algorithm) {
  return algorithm == Algorithm::kEs256 ? "prime256v1" : "secp384r1";
}

BignumPtr ToBignum(absl::string_view bytes) {
  return BignumPtr(BN_bin2bn(Bytes(bytes), static_cast<int>(bytes.size()), nullptr));
}

std::string ToBytes(const BIGNUM& number) {
  std::string bytes(static_cast<size_t>(BN_num_bytes(&number)), '\0');
  BN_bn2bin(&number, reinterpret_cast<unsigned char*>(bytes.data()));
  return bytes;
}

absl::StatusOr<KeyPtr> FromParams(const char* type, OSSL_PARAM_BLD* builder,
                                  absl::string_view field) {
  const ParamsPtr params(OSSL_PARAM_BLD_to_param(builder));
  const KeyContextPtr context(EVP_PKEY_CTX_new_from_name(nullptr, type, nullptr));
  EVP_PKEY* key = nullptr;
  if (!params || !context || EVP_PKEY_fromdata_init(context.get()) != 1 ||
      EVP_PKEY_fromdata(context.get(), &key, EVP_PKEY_PUBLIC_KEY, params.get()) != 1) {
    return base::FieldError(field, "is not a public key");
  }
  return KeyPtr(key);
}

absl::Status CheckRsa(const PublicParameters& p) {
  if (p.n.empty() || p.n[0] == '\0') return base::FieldError("n", "is empty or starts with zero");
  if (p.n.size() > kMaxRsaBits / 8) return base::FieldError("n", "has over 8192 bits");
  if (p.e.empty() || p.e[0] == '\0') return base::FieldError("e", "is empty or starts with zero");
  if (p.e.size() > kMaxExponentBytes) return base::FieldError("e", "has over 32 bits");
  if ((p.e.back() & 1) == 0 || p.e == "\x01") return base::FieldError("e", "is even or below 3");
  const BignumPtr n = ToBignum(p.n);
  if (!n) return absl::InternalError("out of memory");
  if (BN_num_bits(n.get()) < kMinRsaBits) return base::FieldError("n", "has under 2048 bits");
  if (!BN_is_odd(n.get())) return base::FieldError("n", "is even");
  if (HasRocaFingerprint(*n)) return base::FieldError("n", "has the fingerprint of CVE-2017-15361");
  return absl::OkStatus();
}

absl::StatusOr<KeyPtr> ImportRsa(const PublicParameters& p) {
  SIGNET_RETURN_IF_ERROR(CheckRsa(p));
  const BignumPtr n = ToBignum(p.n);
  const BignumPtr e = ToBignum(p.e);
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!n || !e || !builder ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_N, n.get()) != 1 ||
      OSSL_PARAM_BLD_push_BN(builder.get(), OSSL_PKEY_PARAM_RSA_E, e.get()) != 1) {
    return absl::InternalError("out of memory");
  }
  return FromParams("RSA", builder.get(), "n");
}

// OpenSSL's check of the key says whether the point lies on the curve and is not infinity
// (invalid-curve attacks need neither here, but a key that is none must not look like one).
absl::Status CheckPoint(EVP_PKEY& key) {
  const KeyContextPtr context(EVP_PKEY_CTX_new(&key, nullptr));
  if (!context || EVP_PKEY_public_check(context.get()) != 1) {
    return base::FieldError("x", "is not on the curve");
  }
  return absl::OkStatus();
}

absl::StatusOr<KeyPtr> ImportEc(Algorithm algorithm, const PublicParameters& p) {
  const size_t width = EcdsaWidth(algorithm);
  if (p.x.size() != width) return base::FieldError("x", "has not the length of the curve");
  if (p.y.size() != width) return base::FieldError("y", "has not the length of the curve");
  const std::string point = '\x04' + p.x + p.y;
  const ParamBuilderPtr builder(OSSL_PARAM_BLD_new());
  if (!builder ||
      OSSL_PARAM_BLD_push_utf8_string(builder.get(), OSSL_PKEY_PARAM_GROUP_NAME,
                                      GroupName(algorithm), 0) != 1 ||
      OSSL_PARAM_BLD_push_octet_string(builder.get(), OSSL_PKEY_PARAM_PUB_KEY, point.data(),
                                       point.size()) != 1) {
    return absl::InternalError("out of memory");
  }
  SIGNET_ASSIGN_OR_RETURN(KeyPtr key, FromParams("EC", builder.get(), "x"));
  SIGNET_RETURN_IF_ERROR(CheckPoint(*key));
  return key;
}

absl::StatusOr<KeyPtr> ImportEd25519(const PublicParameters& p) {
  if (p.x.size() != kEd25519Size) return base::FieldError("x", "has not 32 bytes");
  KeyPtr key(EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nullptr, Bytes(p.x), p.x.size()));
  if (!key) return base::FieldError("x", "is not a public key");
  return key;
}

absl::Status RefuseForeign(absl::string_view field, const std::string& value) {
  if (value.empty()) return absl::OkStatus();
  return base::FieldError(field, "does not belong to this key type");
}

absl::StatusOr<std::string> ExportNumber(const EVP_PKEY& key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(&key, name, &number) != 1) {
    return absl::InvalidArgumentError("the key has another type than its algorithm");
  }
  return ToBytes(*BignumPtr(number));
}

absl::StatusOr<PublicParameters> ExportRsa(const EVP_PKEY& key) {
  PublicParameters p;
  SIGNET_ASSIGN_OR_RETURN(p.n, ExportNumber(key, OSSL_PKEY_PARAM_RSA_N));
  SIGNET_ASSIGN_OR_RETURN(p.e, ExportNumber(key, OSSL_PKEY_PARAM_RSA_E));
  return p;
}

absl::StatusOr<PublicParameters> ExportEc(Algorithm algorithm, const EVP_PKEY& key) {
  char group[64];
  if (EVP_PKEY_get_group_name(&key, group, sizeof(group), nullptr) != 1 ||
      absl::string_view(group) != GroupName(algorithm)) {
    return absl::InvalidArgumentError("the key has another curve than its algorithm");
  }
  PublicParameters p;
  SIGNET_ASSIGN_OR_RETURN(p.x, ExportNumber(key, OSSL_PKEY_PARAM_EC_PUB_X));
  SIGNET_ASSIGN_OR_RETURN(p.y, ExportNumber(key, OSSL_PKEY_PARAM_EC_PUB_Y));
  const size_t width = EcdsaWidth(algorithm);
  p.x.insert(0, width - p.x.size(), '\0');
  p.y.insert(0, width - p.y.size(), '\0');
  return p;
}

absl::StatusOr<PublicParameters> ExportEd25519(const EVP_PKEY& key) {
  PublicParameters p;
  p.x.resize(kEd25519Size);
  size_t size = p.x.size();
  if (EVP_PKEY_get_raw_public_key(&key, reinterpret_cast<unsigned char*>(p.x.data()), &size) != 1 ||
      size != kEd25519Size) {
    return absl::InvalidArgumentError("the key has another type than its algorithm");
  }
  return p;
}

const char* KeyType(Algorithm algorithm) {
  const absl::string_view type = KeyTypeName(algorithm);
  return type == "OKP" ? "ED25519" : type.data();
}

}  // namespace

absl::StatusOr<KeyPtr> ImportPublicKey(Algorithm algorithm, const PublicParameters& parameters) {
  const absl::string_view type = KeyTypeName(algorithm);
  if (type == "RSA") {
    SIGNET_RETURN_IF_ERROR(RefuseForeign("x", parameters.x));
    SIGNET_RETURN_IF_ERROR(RefuseForeign("y", parameters.y));
    return ImportRsa(parameters);
  }
  SIGNET_RETURN_IF_ERROR(RefuseForeign("n", parameters.n));
  SIGNET_RETURN_IF_ERROR(RefuseForeign("e", parameters.e));
  if (type == "EC") return ImportEc(algorithm, parameters);
  SIGNET_RETURN_IF_ERROR(RefuseForeign("y", parameters.y));
  return ImportEd25519(parameters);
}

absl::StatusOr<PublicParameters> ExportPublicKey(Algorithm algorithm, const EVP_PKEY& key) {
  // EVP_PKEY_is_a tells RSA from RSA-PSS keys, whose parameters would restrict the padding.
  if (EVP_PKEY_is_a(&key, KeyType(algorithm)) != 1) {
    return absl::InvalidArgumentError("the key has another type than its algorithm");
  }
  if (algorithm == Algorithm::kEdDsa) return ExportEd25519(key);
  if (EcdsaWidth(algorithm) != 0) return ExportEc(algorithm, key);
  return ExportRsa(key);
}

}  // namespace signet::crypto
