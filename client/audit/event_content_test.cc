#include "client/audit/event_content.h"

#include <gtest/gtest.h>

#include "absl/strings/escaping.h"
#include "client/audit/hash_tree.h"

namespace signet::audit {
namespace {

const absl::Time kNow = absl::FromUnixMicros(1'795'000'000'123'456);

EventContent SampleContent() {
  EventContent event;
  event.id = base::Uuid::NewV7(kNow);
  event.at = kNow;
  event.action = "LOGIN";
  event.outcome = 2;
  event.reason = "WRONG_PASSWORD";
  event.actor_kind = 1;
  event.actor = base::Uuid::NewV7(kNow);
  event.subject = base::Uuid::NewV7(kNow);
  event.target = "2026-11-a";
  event.request_id = "abc-1";
  event.personal_commitment = std::string(32, 'c');
  return event;
}

TEST(EventContent, ComesBackAsItWas) {
  const EventContent event = SampleContent();
  EXPECT_EQ(DecodeEvent(EncodeEvent(event)), event);
}

TEST(EventContent, OfNothingHasOneKnownEncoding) {
  EXPECT_EQ(absl::BytesToHexString(EncodeEvent({})),
            "5347414501"  // SGAE 1
            "00000000"    // id
            "00000008"
            "0000000000000000"  // at
            "00000000"          // action
            "00000004"
            "00000000"  // outcome
            "00000000"  // reason
            "00000004"
            "00000000"  // actor's kind
            "00000000"
            "00000000"
            "00000000"  // actor, subject, session
            "00000000"
            "00000000"
            "00000000"
            "00000000");
}

// whatever is changed, the bytes are no longer those that were hashed, or no event at all.
TEST(EventContent, EveryChangedByteIsAnotherEventOrNone) {
  const EventContent event = SampleContent();
  const std::string bytes = EncodeEvent(event);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string changed = bytes;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    const auto read = DecodeEvent(changed);
    EXPECT_NE(read, event) << i;
    if (read) {
      EXPECT_EQ(EncodeEvent(*read), changed) << i;
    }
  }
}

TEST(EventContent, CutOrLengthenedIsNone) {
  const std::string bytes = EncodeEvent(SampleContent());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_EQ(DecodeEvent(bytes.substr(0, size)), std::nullopt) << size;
  }
  EXPECT_EQ(DecodeEvent(bytes + '\0'), std::nullopt);
}

// Two fields never run into each other.
TEST(EventContent, MovingAByteBetweenFieldsChangesTheBytes) {
  EventContent one = SampleContent();
  EventContent other = one;
  one.target = "ab";
  one.request_id = "c";
  other.target = "a";
  other.request_id = "bc";
  EXPECT_NE(EncodeEvent(one), EncodeEvent(other));
}

// the same address under two salts has two commitments, so that nobody can try addresses.
TEST(PersonalData, IsCommittedToUnderItsSalt) {
  const PersonalData data{"192.0.2.1", "Firefox", ""};
  const std::string one = EncodePersonal(std::string(16, 'a'), data);
  const std::string other = EncodePersonal(std::string(16, 'b'), data);
  EXPECT_EQ(DecodePersonal(one), data);
  EXPECT_NE(PersonalCommitment(one), PersonalCommitment(other));
  EXPECT_EQ(PersonalCommitment(one).size(), 32U);
  EXPECT_EQ(DecodePersonal(one.substr(0, one.size() - 1)), std::nullopt);
}

// The vectors of RFC 6962's reference implementation: the leaf of nothing, and two nodes.
TEST(HashTree, HashesAsTheStandardSays) {
  EXPECT_EQ(absl::BytesToHexString(LeafHash("")),
            "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d");
  EXPECT_EQ(absl::BytesToHexString(NodeHash(LeafHash(""), LeafHash(absl::string_view("\0", 1)))),
            "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125");
}

}  // namespace
}  // namespace signet::audit
