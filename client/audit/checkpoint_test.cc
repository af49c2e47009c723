#include "client/audit/checkpoint.h"

#include <gtest/gtest.h>

#include "absl/strings/match.h"
#include "absl/strings/str_replace.h"

namespace signet::audit {
namespace {

Checkpoint Sample() {
  Checkpoint checkpoint;
  checkpoint.origin = "id.example.com/audit";
  checkpoint.size = 1042;
  checkpoint.root = LeafHash("root");
  checkpoint.at = absl::FromUnixMicros(1'795'000'000'123'456);
  checkpoint.previous = NoteHash("before");
  return checkpoint;
}

class CheckpointTest : public testing::Test {
 protected:
  const CheckpointSigner signer_ =
      *CheckpointSigner::FromSeed("id.example.com/audit", base::Secret(std::string(32, 's')));
  const std::string note_ = *signer_.Sign(Sample());
};

TEST_F(CheckpointTest, ComesBackAsItWasSigned) {
  EXPECT_EQ(*signer_.verifier().Read(note_), Sample());
  Checkpoint first = Sample();
  first.previous = "";
  first.size = 0;
  EXPECT_EQ(*signer_.verifier().Read(*signer_.Sign(first)), first);
}

// The form of C2SP signed-note and tlog-checkpoint, which tools of transparency logs read.
TEST_F(CheckpointTest, HasTheFormOfASignedNote) {
  EXPECT_TRUE(absl::StartsWith(note_, "id.example.com/audit\n1042\n"));
  EXPECT_TRUE(absl::StrContains(note_, "\n\n\xe2\x80\x94 id.example.com/audit "));
  EXPECT_TRUE(absl::EndsWith(note_, "\n"));
}

// no byte of it can be changed.
TEST_F(CheckpointTest, EveryChangedByteIsRefused) {
  for (size_t i = 0; i < note_.size(); ++i) {
    std::string changed = note_;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(signer_.verifier().Read(changed).ok()) << i;
  }
  EXPECT_FALSE(signer_.verifier().Read(note_ + "\n").ok());
  EXPECT_FALSE(signer_.verifier().Read("").ok());
}

TEST_F(CheckpointTest, AnotherKeyOrLogIsRefused) {
  const auto other_key =
      CheckpointSigner::FromSeed("id.example.com/audit", base::Secret(std::string(32, 't')));
  const auto other_log =
      CheckpointSigner::FromSeed("example.com/audit", base::Secret(std::string(32, 's')));
  EXPECT_FALSE(other_key->verifier().Read(note_).ok());
  EXPECT_FALSE(other_log->verifier().Read(note_).ok());
}

TEST_F(CheckpointTest, TheVerifierKeyGoesThroughText) {
  const std::string text = signer_.verifier().ToText();
  const auto read = CheckpointVerifier::FromText(text);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(read->ToText(), text);
  EXPECT_TRUE(read->Read(note_).ok());
  for (size_t i = 0; i < text.size(); ++i) {
    std::string changed = text;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto other = CheckpointVerifier::FromText(changed);
    EXPECT_FALSE(other.ok() && other->Read(note_).ok()) << i;
  }
  EXPECT_FALSE(CheckpointVerifier::FromText("").ok());
}

}  // namespace
}  // namespace signet::audit
