#include "bench/promises.h"

namespace signet::bench {
namespace {

constexpr Figure kRate = Figure::kRate;
constexpr Figure kP99 = Figure::kP99;
constexpr Basis kRatio = Basis::kRatioToLimit;
constexpr Basis kAbsolute = Basis::kAbsolute;

// Over gRPC the limit is a server that gives the recorded answer back without looking at the
// request. In the library it is OpenSSL's bare call on a finished digest. Storage: the textbook
// transaction under pgbench. Login: libargon2 on every core, without a server around it.
constexpr Promise kPromises[] = {
    {"validate/unary", "empty/unary", kRate, kRatio, 0.85},
    {"validate/pipelined", "empty/pipelined", kRate, kRatio, 0},
    {"validate/alone", "empty/alone", kP99, kRatio, 0},
    {"validate/stream", "empty/stream", kRate, kRatio, 0.8},
    {"validate/batch64", "empty/batch64", kRate, kRatio, 0},
    {"validate/batch256", "empty/batch256", kRate, kAbsolute, 1'000'000},
    {"validate/batch256_claims", "empty/batch256_claims", kRate, kRatio, 0},
    {"validate/paced", "empty/paced", kP99, kRatio, 2.0},
    {"validate/login_storm", "validate/calm", kP99, kRatio, 2.0},
    {"revocation/watchers", "", kP99, kAbsolute, 100'000},
    {"refresh", "pgbench/naive", kRate, kRatio, 2.5},
    {"login", "argon2id", kRate, kRatio, 1.25},
    {"verify/es256/cold", "openssl/verify/es256", kRate, kRatio, 1.8},
    {"verify/rs256/cold", "openssl/verify/rs256", kRate, kRatio, 0.92},
    {"verify/ps256/cold", "openssl/verify/ps256", kRate, kRatio, 0},
    {"verify/es384/cold", "openssl/verify/es384", kRate, kRatio, 0},
    {"verify/eddsa/cold", "openssl/verify/eddsa", kRate, kRatio, 0},
    {"verify/es256/cached", "", kRate, kAbsolute, 3'000'000},
    {"library/verify/es256/cold", "openssl/verify/es256", kRate, kRatio, 0},
    {"library/verify/rs256/cold", "openssl/verify/rs256", kRate, kRatio, 0},
    {"library/verify/es256/cached", "", kRate, kAbsolute, 3'000'000},
    {"library/verify/es256/cached_revocations", "library/verify/es256/cached", kRate, kRatio, 0.95},
    {"library/verify/es256/cached_1m", "", kRate, kAbsolute, 600'000},
    {"verify/es256/cached_1m", "", kRate, kAbsolute, 600'000},
    {"verify/es256/cached_batch256", "", kRate, kAbsolute, 0},
    {"verify/es256/cached_1m_batch256", "", kRate, kAbsolute, 0},
    {"sign/es256", "openssl/sign/es256", kRate, kRatio, 0},
    {"sign/rs256", "openssl/sign/rs256", kRate, kRatio, 0},
    {"sign/ps256", "openssl/sign/ps256", kRate, kRatio, 0},
    {"sign/es384", "openssl/sign/es384", kRate, kRatio, 0},
    {"sign/eddsa", "openssl/sign/eddsa", kRate, kRatio, 0},
    {"issue/es256", "openssl/sign/es256", kRate, kRatio, 0.9},
    {"issue/rs256", "openssl/sign/rs256", kRate, kRatio, 0.9},
    {"issue/ps256", "openssl/sign/ps256", kRate, kRatio, 0.9},
    {"issue/es384", "openssl/sign/es384", kRate, kRatio, 0.9},
    {"issue/eddsa", "openssl/sign/eddsa", kRate, kRatio, 0.9},
};

}  // namespace

absl::Span<const Promise> Promises() { return kPromises; }

}  // namespace signet::bench
