#include "client/verifier/revocation_feed.h"

#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "client/base/fake_clock.h"
#include "client/verifier/fake_token_service.h"

namespace signet::verifier {
namespace {

using token::At;
using token::RejectReason;
using v1::WatchRevocationsResponse;

v1::Revocation Entry(int64_t sequence, const std::string& token_id) {
  v1::Revocation entry;
  entry.set_sequence(sequence);
  entry.set_kind(v1::REVOCATION_KIND_TOKEN);
  entry.set_subject(token_id);
  *entry.mutable_record_time() = Stamp(At(1000 + sequence));
  *entry.mutable_expire_time() = Stamp(At(9000));
  return entry;
}

WatchRevocationsResponse Message(WatchRevocationsResponse::Kind kind, int64_t sequence,
                                 int64_t as_of, const std::vector<v1::Revocation>& entries) {
  WatchRevocationsResponse message;
  message.set_kind(kind);
  message.set_sequence(sequence);
  *message.mutable_as_of() = Stamp(At(as_of));
  for (const auto& entry : entries) *message.add_revocations() = entry;
  return message;
}

WatchRevocationsResponse Part(const std::vector<v1::Revocation>& entries) {
  return Message(WatchRevocationsResponse::KIND_SNAPSHOT, 0, 0, entries);
}
WatchRevocationsResponse End(int64_t sequence, int64_t as_of,
                             const std::vector<v1::Revocation>& entries) {
  return Message(WatchRevocationsResponse::KIND_SNAPSHOT_END, sequence, as_of, entries);
}
WatchRevocationsResponse Delta(int64_t sequence, int64_t as_of,
                               const std::vector<v1::Revocation>& entries) {
  return Message(WatchRevocationsResponse::KIND_DELTA, sequence, as_of, entries);
}

class RevocationFeedTest : public testing::Test {
 protected:
  bool Revoked(const std::string& token_id) const {
    return knowledge_.revocations().Read().Find({.token_id = token_id, .issued_at = 900}) ==
           RejectReason::kRevokedToken;
  }
  absl::Time AsOf() const { return knowledge_.revocations().Read().as_of(); }

  base::FakeClock clock_{At(2000)};
  Knowledge knowledge_{Knowledge::Needs::kKeysAndRevocations};
  RevocationFeed feed_{knowledge_, clock_, nullptr};
};

TEST_F(RevocationFeedTest, ASnapshotTakesEffectWhole) {
  EXPECT_EQ(feed_.Begin().resume_after(), 0);
  ASSERT_TRUE(feed_.Take(Part({Entry(3, "a"), Entry(5, "b")})));
  EXPECT_FALSE(Revoked("a"));
  ASSERT_TRUE(feed_.Take(End(9, 1900, {Entry(8, "c")})));
  for (const char* name : {"a", "b", "c"}) EXPECT_TRUE(Revoked(name)) << name;
  EXPECT_EQ(AsOf(), At(1900));
}

TEST_F(RevocationFeedTest, DeltasAddAndHeartbeatsOnlyMakeItYounger) {
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(End(2, 1900, {Entry(1, "a")})));
  ASSERT_TRUE(feed_.Take(Delta(3, 1901, {Entry(3, "b")})));
  ASSERT_TRUE(feed_.Take(Delta(3, 1902, {})));
  EXPECT_TRUE(Revoked("a"));
  EXPECT_TRUE(Revoked("b"));
  EXPECT_EQ(AsOf(), At(1902));
}

TEST_F(RevocationFeedTest, ResumesBehindTheLastEntryAndByItsTime) {
  feed_.Begin();
  feed_.Take(End(2, 1900, {Entry(1, "a")}));
  feed_.Take(Delta(7, 1901, {Entry(5, "b")}));
  const auto request = feed_.Begin();
  EXPECT_EQ(request.resume_after(), 5);
  EXPECT_EQ(request.resume_record_time().seconds(), 1005);
  // From another server, which still holds what the first had dropped, and looked a little earlier.
  ASSERT_TRUE(feed_.Take(Delta(6, 1899, {Entry(6, "c")})));
  EXPECT_TRUE(Revoked("a"));
  EXPECT_TRUE(Revoked("c"));
  EXPECT_EQ(AsOf(), At(1901)) << "what is known does not become less";
}

TEST_F(RevocationFeedTest, ASnapshotInPlaceOfResumingForgetsTheRest) {
  feed_.Begin();
  feed_.Take(End(2, 1900, {Entry(1, "a")}));
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(End(1, 1950, {Entry(1, "z")})));  // a restored database
  EXPECT_FALSE(Revoked("a"));
  EXPECT_TRUE(Revoked("z"));
}

TEST_F(RevocationFeedTest, AnOlderSnapshotWaitsUntilItKnowsAsMuch) {
  feed_.Begin();
  feed_.Take(End(2, 1900, {Entry(2, "a")}));
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(End(1, 1890, {Entry(1, "z")})));  // of a replica that lags
  EXPECT_TRUE(Revoked("a")) << "accepted again what was refused a moment ago";
  EXPECT_EQ(AsOf(), At(1900));
  ASSERT_TRUE(feed_.Take(Delta(2, 1901, {Entry(2, "a")})));
  EXPECT_TRUE(Revoked("a"));
  EXPECT_TRUE(Revoked("z"));
  EXPECT_EQ(AsOf(), At(1901));
}

TEST_F(RevocationFeedTest, EveryKindOfTheContractIsUnderstood) {
  const auto* kinds = v1::RevocationKind_descriptor();
  for (int i = 0; i < kinds->value_count(); ++i) {
    const int kind = kinds->value(i)->number();
    if (kind == v1::REVOCATION_KIND_UNSPECIFIED) continue;
    v1::Revocation entry = Entry(1, "everything");
    entry.set_kind(static_cast<v1::RevocationKind>(kind));
    *entry.mutable_not_before() = Stamp(At(1000));
    feed_.Begin();
    ASSERT_TRUE(feed_.Take(End(1, 1900, {entry})));
    EXPECT_EQ(AsOf(), At(1900)) << kinds->value(i)->name();
    const token::RevocableNames names{.token_id = "everything",
                                      .session_id = "everything",
                                      .subject = "everything",
                                      .key_id = "everything",
                                      .issued_at = 999};
    EXPECT_TRUE(knowledge_.revocations().Read().Find(names)) << kinds->value(i)->name();
  }
}

TEST_F(RevocationFeedTest, HalfASnapshotIsForgottenWithItsConnection) {
  feed_.Begin();
  feed_.Take(Part({Entry(1, "a")}));
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(End(1, 1900, {})));
  EXPECT_FALSE(Revoked("a"));
}

TEST_F(RevocationFeedTest, AnEntryOfAnUnknownKindMakesAllKnowledgeInfinitelyOld) {
  feed_.Begin();
  feed_.Take(End(1, 1900, {Entry(1, "a")}));
  v1::Revocation strange = Entry(2, "x");
  strange.set_kind(static_cast<v1::RevocationKind>(99));
  ASSERT_TRUE(feed_.Take(Delta(3, 1901, {strange, Entry(3, "b")})));
  EXPECT_EQ(AsOf(), absl::InfinitePast());
  EXPECT_TRUE(Revoked("b")) << "what is known is still refused";
  ASSERT_TRUE(feed_.Take(Delta(3, 1902, {})));
  EXPECT_EQ(AsOf(), absl::InfinitePast());
  EXPECT_EQ(feed_.Begin().resume_after(), 0) << "only a snapshot tells whether it is still there";
  ASSERT_TRUE(feed_.Take(End(3, 1903, {Entry(3, "b")})));
  EXPECT_EQ(AsOf(), At(1903));
}

// Attack of circumstance: what was refused a moment ago is accepted again, because the server that
// is asked next lags, and blindness had hidden how young the knowledge was.
TEST_F(RevocationFeedTest, AfterBlindnessAnOlderSnapshotIsNotTakenForANewerOne) {
  feed_.Begin();
  feed_.Take(End(1, 1900, {Entry(1, "a")}));
  v1::Revocation strange = Entry(2, "x");
  strange.set_kind(static_cast<v1::RevocationKind>(99));
  ASSERT_TRUE(feed_.Take(Delta(2, 1901, {strange})));
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(End(0, 1890, {})));
  EXPECT_TRUE(Revoked("a"));
  EXPECT_EQ(AsOf(), absl::InfinitePast());
  ASSERT_TRUE(feed_.Take(Delta(2, 1902, {Entry(1, "a")})));
  EXPECT_TRUE(Revoked("a"));
  EXPECT_EQ(AsOf(), At(1902));
}

TEST_F(RevocationFeedTest, ByAServersClockThatIsAheadNothingIsKnownBeforeItIsHeard) {
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(End(1, 2600, {Entry(1, "a")})));
  EXPECT_EQ(AsOf(), At(2000));
  clock_.Advance(absl::Seconds(1));
  ASSERT_TRUE(feed_.Take(Delta(1, 2601, {})));
  EXPECT_EQ(AsOf(), At(2001));
}

TEST_F(RevocationFeedTest, ASnapshotMayBeginAnewInTheMiddle) {
  feed_.Begin();
  ASSERT_TRUE(feed_.Take(Part({Entry(3, "a"), Entry(5, "b")})));
  ASSERT_TRUE(feed_.Take(Part({Entry(2, "c"), Entry(3, "d")})));
  ASSERT_TRUE(feed_.Take(End(9, 1900, {Entry(8, "e")})));
  for (const char* name : {"c", "d", "e"}) EXPECT_TRUE(Revoked(name)) << name;
  for (const char* name : {"a", "b"}) EXPECT_FALSE(Revoked(name)) << name;
}

TEST_F(RevocationFeedTest, WhatBreaksTheContractIsNotTakenAndNotBuiltOn) {
  const auto refused = [this](const WatchRevocationsResponse& message) {
    feed_.Begin();
    feed_.Take(End(4, 1900, {Entry(4, "a")}));
    EXPECT_FALSE(feed_.Take(message)) << message.ShortDebugString();
    EXPECT_EQ(feed_.Begin().resume_after(), 0);
    EXPECT_TRUE(Revoked("a"));
    EXPECT_FALSE(Revoked("x"));
  };
  refused(Delta(3, 1901, {}));                              // backwards
  refused(Delta(9, 1901, {Entry(4, "x")}));                 // not after what was heard
  refused(Delta(9, 1901, {Entry(7, "x"), Entry(6, "y")}));  // out of order
  refused(Delta(6, 1901, {Entry(7, "x")}));                 // beyond its own end
  refused(Message(static_cast<WatchRevocationsResponse::Kind>(9), 9, 1901, {Entry(5, "x")}));
}

TEST_F(RevocationFeedTest, ADeltaBeforeASnapshotIsNotTaken) {
  feed_.Begin();
  EXPECT_FALSE(feed_.Take(Delta(1, 1900, {Entry(1, "a")})));
  EXPECT_FALSE(knowledge_.revocations().Read().as_of() > absl::InfinitePast());
}

}  // namespace
}  // namespace signet::verifier
