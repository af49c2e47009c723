#include "server/signing/successor_deriver.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "server/signing/fake_key_store.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

const std::string kSession(16, 's');

class SuccessorDeriverTest : public ::testing::Test {
 protected:
  std::unique_ptr<HmacSuccessorDeriver> Create() {
    auto deriver = HmacSuccessorDeriver::Create(store_, kek_);
    EXPECT_TRUE(deriver.ok()) << deriver.status();
    return deriver.ok() ? *std::move(deriver) : nullptr;
  }

  FakeKeyStore store_;
  const KeyEncryptionKey kek_ = TestKek();
};

std::string Derive(const HmacSuccessorDeriver& deriver, absl::string_view session,
                   int32_t generation, absl::string_view parent) {
  return std::string(deriver.Derive(session, generation, base::Secret(parent)).reveal());
}

//
TEST_F(SuccessorDeriverTest, TheSameParentHasTheSameSuccessorOnEveryReplicaAndAfterARestart) {
  const auto one = Create();
  const auto other = Create();
  const std::string successor = Derive(*one, kSession, 7, std::string(32, 'p'));
  EXPECT_EQ(successor.size(), 32u);
  EXPECT_EQ(Derive(*one, kSession, 7, std::string(32, 'p')), successor);
  EXPECT_EQ(Derive(*other, kSession, 7, std::string(32, 'p')), successor);
}

TEST_F(SuccessorDeriverTest, AnyOtherSessionGenerationOrParentHasAnother) {
  const auto deriver = Create();
  const std::string parent(32, 'p');
  const std::set<std::string> successors = {
      Derive(*deriver, kSession, 7, parent),
      Derive(*deriver, std::string(16, 't'), 7, parent),
      Derive(*deriver, kSession, 8, parent),
      Derive(*deriver, kSession, 7 << 8, parent),
      Derive(*deriver, kSession, 7, std::string(32, 'q')),
      Derive(*deriver, kSession + "p", 7, std::string(31, 'p')),
  };
  EXPECT_EQ(successors.size(), 6u);
}

TEST_F(SuccessorDeriverTest, AnotherInstallationDerivesOthers) {
  FakeKeyStore elsewhere;
  const auto other = HmacSuccessorDeriver::Create(elsewhere, kek_);
  EXPECT_NE(Derive(*Create(), kSession, 0, "p"), Derive(**other, kSession, 0, "p"));
}

//
TEST_F(SuccessorDeriverTest, AnotherKeyEncryptionKeyIsRefusedWithBothNames) {
  Create();
  const KeyEncryptionKey other = TestKek('2');
  const auto deriver = HmacSuccessorDeriver::Create(store_, other);
  EXPECT_EQ(deriver.status().code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(deriver.status().message()),
              AllOf(HasSubstr(kek_.id()), HasSubstr(other.id())));
}

TEST_F(SuccessorDeriverTest, AChangedRowIsRefused) {
  Create();
  store_.Tamper([](auto& /*keys*/, auto& secrets) { secrets.begin()->second.sealed[20] ^= 1; });
  EXPECT_EQ(HmacSuccessorDeriver::Create(store_, kek_).status().code(),
            absl::StatusCode::kDataLoss);
}

TEST_F(SuccessorDeriverTest, AnErrorOfTheStoreIsPassedOn) {
  store_.SetGone(true);
  EXPECT_EQ(HmacSuccessorDeriver::Create(store_, kek_).status().code(),
            absl::StatusCode::kUnavailable);
}

}  // namespace
}  // namespace signet::signing
