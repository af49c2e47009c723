#include "client/crypto/p256_scalar.h"

#include <algorithm>
#include <bit>
#include <cstddef>
#include <utility>

namespace signet::crypto {
namespace {

// The algorithm of D. J. Bernstein and B.-Y. Yang, "Fast constant-time gcd computation and modular
// inversion" (TCHES 2019/3, section 11), without its constant time: "division steps" shrink f and g
// until g is zero and f is plus or minus their gcd, 1. A step looks at the lowest bits alone, so
// that 62 of them are done on one word each, collected in a matrix, and applied to the long numbers
// at once. Throughout, f = d * value and g = e * value modulo n.

__extension__ using Int128 = __int128;

constexpr int kLimbBits = 62;
constexpr uint64_t kLimbMask = (uint64_t{1} << kLimbBits) - 1;

// A number of 310 bits: the sum of limb[i] * 2^(62 i). All limbs but the last, which has the sign,
// are from 0 to 2^62 - 1.
using Limbs = std::array<int64_t, 5>;

constexpr Limbs ToLimbs(const Scalar256& a) {
  constexpr auto kLimb = [](uint64_t bits) { return static_cast<int64_t>(bits & kLimbMask); };
  return {kLimb(a[0]), kLimb(a[0] >> 62 | a[1] << 2), kLimb(a[1] >> 60 | a[2] << 4),
          kLimb(a[2] >> 58 | a[3] << 6), static_cast<int64_t>(a[3] >> 56)};
}

// Of a number from 0 to 2^256 - 1.
Scalar256 FromLimbs(const Limbs& a) {
  const auto word = [&a](size_t i) { return static_cast<uint64_t>(a[i]); };
  return {word(0) | word(1) << 62, word(1) >> 2 | word(2) << 60, word(2) >> 4 | word(3) << 58,
          word(3) >> 6 | word(4) << 56};
}

constexpr Limbs kOrder = ToLimbs(kP256Order);

// n^-1 modulo 2^64, by Newton's iteration: n has three bits of its own inverse, and each step
// doubles them.
constexpr uint64_t InverseOfOrder() {
  uint64_t inverse = kP256Order[0];
  for (int i = 0; i < 5; ++i) inverse *= 2 - kP256Order[0] * inverse;
  return inverse;
}

// 62 steps: (f, g) becomes (u f + v g, q f + r g) / 2^62.
struct Steps {
  int64_t u = 1, v = 0, q = 0, r = 1;
};

// `eta` is the negated "delta" of the paper. Only the lowest words of f and g are needed. The
// entries stay within 2^62, so that words that wrap around on the way are right in the end.
Steps DivideSteps(int64_t& eta, uint64_t f, uint64_t g) {
  uint64_t u = 1, v = 0, q = 0, r = 1;
  for (int left = kLimbBits;;) {
    // All steps at once that only halve g.
    const int zeros = std::countr_zero(g | ~uint64_t{0} << left);
    g >>= zeros;
    u <<= zeros;
    v <<= zeros;
    eta -= zeros;
    left -= zeros;
    if (left == 0) break;
    if (eta < 0) {
      eta = -eta;
      f = std::exchange(g, -f);
      u = std::exchange(q, -u);
      v = std::exchange(r, -v);
    }
    // As many multiples of f as clear the lowest bits of g: six, as far as f * (f^2 - 2), which is
    // -1/f modulo 64, reaches, and not beyond the next exchange or the end.
    const int bits = std::min({static_cast<int>(eta) + 1, left, 6});
    const uint64_t times = g * f * (f * f - 2) & ((uint64_t{1} << bits) - 1);
    g += f * times;
    q += u * times;
    r += v * times;
  }
  return Steps{static_cast<int64_t>(u), static_cast<int64_t>(v), static_cast<int64_t>(q),
               static_cast<int64_t>(r)};
}

// (a * x + b * y + c * n) / 2^62, which is whole.
Limbs Combine(int64_t a, const Limbs& x, int64_t b, const Limbs& y, int64_t c) {
  Limbs out;
  Int128 sum = Int128{a} * x[0] + Int128{b} * y[0] + Int128{c} * kOrder[0];
  for (size_t i = 1; i < out.size(); ++i) {
    sum >>= kLimbBits;
    sum += Int128{a} * x[i] + Int128{b} * y[i] + Int128{c} * kOrder[i];
    out[i - 1] = static_cast<int64_t>(static_cast<uint64_t>(sum) & kLimbMask);
  }
  out[4] = static_cast<int64_t>(sum >> kLimbBits);
  return out;
}

// The same, with the c that makes it whole. |a| + |b| is at most 2^62, so that the result is at
// most n / 2 larger than x and y: after the 12 rounds that suffice for 256 bits, at most 7 n.
Limbs CombineModOrder(int64_t a, const Limbs& x, int64_t b, const Limbs& y) {
  constexpr uint64_t kInverse = InverseOfOrder();
  const uint64_t low = static_cast<uint64_t>(a) * static_cast<uint64_t>(x[0]) +
                       static_cast<uint64_t>(b) * static_cast<uint64_t>(y[0]);
  // From -2^61 to 2^61 - 1, so that the result stays small.
  const auto c = static_cast<int64_t>((uint64_t{0} - low * kInverse) << 2) >> 2;
  return Combine(a, x, b, y, c);
}

bool IsZero(const Limbs& a) { return (a[0] | a[1] | a[2] | a[3] | a[4]) == 0; }

void Add(Limbs& a, const Limbs& b, int64_t times) {
  int64_t carry = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    const int64_t sum = a[i] + times * b[i] + carry;
    const bool last = i + 1 == a.size();
    a[i] = last ? sum : static_cast<int64_t>(static_cast<uint64_t>(sum) & kLimbMask);
    carry = sum >> kLimbBits;
  }
}

}  // namespace

Scalar256 InverseModP256Order(const Scalar256& value) {
  Limbs f = kOrder, g = ToLimbs(value);
  Limbs d{}, e{1};
  int64_t eta = -1;
  while (!IsZero(g)) {
    const Steps s =
        DivideSteps(eta, static_cast<uint64_t>(f[0]) | static_cast<uint64_t>(f[1]) << 62,
                    static_cast<uint64_t>(g[0]) | static_cast<uint64_t>(g[1]) << 62);
    const Limbs old_f = f, old_d = d;
    f = Combine(s.u, old_f, s.v, g, 0);
    g = Combine(s.q, old_f, s.r, g, 0);
    d = CombineModOrder(s.u, old_d, s.v, e);
    e = CombineModOrder(s.q, old_d, s.r, e);
  }
  // f is 1 or -1: d is the inverse or its negation. Bring it into [0, n).
  if (f[4] < 0) {
    Limbs negated{};
    Add(negated, d, -1);
    d = negated;
  }
  while (d[4] < 0) Add(d, kOrder, 1);
  for (;;) {
    Limbs less = d;
    Add(less, kOrder, -1);
    if (less[4] < 0) break;
    d = less;
  }
  return FromLimbs(d);
}

}  // namespace signet::crypto
