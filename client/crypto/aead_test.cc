#include "client/crypto/aead.h"

#include <string>

#include <gtest/gtest.h>

namespace signet::crypto {
namespace {

base::Secret Key(char fill = 'k') { return base::Secret(std::string(kAeadKeySize, fill)); }

// keys at rest are sealed with AES-256-GCM.
TEST(Aead, WhatWasSealedOpens) {
  for (const std::string& plaintext : {std::string(), std::string("x"), std::string(5000, 'p')}) {
    const auto sealed = Seal(Key(), plaintext, "signing_key/2026-11-a");
    ASSERT_TRUE(sealed.ok());
    EXPECT_EQ(sealed->size(), kAeadNonceSize + plaintext.size() + kAeadTagSize);
    const auto opened = Open(Key(), *sealed, "signing_key/2026-11-a");
    ASSERT_TRUE(opened.ok());
    EXPECT_EQ(opened->reveal(), plaintext);
  }
}

TEST(Aead, SealingTwiceGivesDifferentNonces) {
  EXPECT_NE(*Seal(Key(), "same", "c"), *Seal(Key(), "same", "c"));
}

TEST(Aead, EveryChangedByteRefusesToOpen) {
  const std::string sealed = *Seal(Key(), "secret", "context");
  for (size_t i = 0; i < sealed.size(); ++i) {
    std::string changed = sealed;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_EQ(Open(Key(), changed, "context").status().code(), absl::StatusCode::kDataLoss) << i;
  }
}

TEST(Aead, AnotherKeyContextOrLengthRefusesToOpen) {
  const std::string sealed = *Seal(Key(), "secret", "context");
  EXPECT_EQ(Open(Key('o'), sealed, "context").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(Open(Key(), sealed, "other").status().code(), absl::StatusCode::kDataLoss);
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_EQ(Open(Key(), sealed.substr(0, size), "context").status().code(),
              absl::StatusCode::kDataLoss);
  }
}

TEST(Aead, KeysOfAnotherSizeAreRefused) {
  for (const size_t size : {0, 16, 31, 33}) {
    const base::Secret key(std::string(size, 'k'));
    EXPECT_EQ(Seal(key, "p", "c").status().code(), absl::StatusCode::kInvalidArgument);
    EXPECT_EQ(Open(key, std::string(40, 's'), "c").status().code(),
              absl::StatusCode::kInvalidArgument);
  }
}

}  // namespace
}  // namespace signet::crypto
