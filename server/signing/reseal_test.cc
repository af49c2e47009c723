#include "server/signing/reseal.h"

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/domain/fakes/fake_audit_store.h"
#include "server/domain/ports/remote_seal.h"
#include "server/signing/sealed_key.h"
#include "server/signing/server_secret.h"
#include "server/signing/test_keys.h"

namespace signet::signing {
namespace {

using domain::SealedRow;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class KeptRows final : public domain::SealedRows {
 public:
  absl::StatusOr<std::vector<SealedRow>> ReadAll() override {
    ++reads;
    return rows;
  }
  absl::StatusOr<bool> Replace(const std::vector<domain::ResealedRow>& changed, size_t rows_read,
                               const std::string& kek_id,
                               const domain::AuditRecord& audit) override {
    if (change_before_write > 0) {
      --change_before_write;
      return false;
    }
    EXPECT_EQ(rows_read, rows.size());
    for (const domain::ResealedRow& change : changed) {
      for (SealedRow& row : rows) {
        if (row.name != change.before.name) continue;
        row.sealed = change.sealed;
        row.kek_id = kek_id;
      }
    }
    audits.push_back(audit);
    return true;
  }

  std::vector<SealedRow> rows;
  std::vector<domain::AuditRecord> audits;
  int reads = 0;
  int change_before_write = 0;
};

// A keeper that is broken: what it has sealed it opens as `opened`.
class ForgetfulSeal final : public domain::RemoteSeal {
 public:
  explicit ForgetfulSeal(absl::StatusOr<std::string> opened) : opened_(std::move(opened)) {}

  const std::string& id() const override { return id_; }
  absl::StatusOr<std::string> Seal(const base::Secret&, absl::string_view) const override {
    return std::string("sealed");
  }
  absl::StatusOr<base::Secret> Open(absl::string_view, absl::string_view) const override {
    if (!opened_.ok()) return opened_.status();
    return base::Secret(*opened_);
  }

 private:
  const std::string id_ = "forgetful";
  const absl::StatusOr<std::string> opened_;
};

class ResealTest : public ::testing::Test {
 protected:
  void AddSecret(const std::string& name, const KeyEncryptionKey& kek) {
    SealedRow row;
    row.name = name;
    row.sealed = *kek.Seal(base::Secret("secret of " + name), ServerSecretContext(name));
    row.kek_id = kek.id();
    rows_.rows.push_back(row);
  }
  void AddKey(const std::string& kid, const KeyEncryptionKey& kek, bool over = false) {
    const auto record = SealKey(kek, kid, *crypto::SigningKey::Generate(crypto::Algorithm::kEdDsa));
    SealedRow row;
    row.kind = SealedRow::Kind::kSigningKey;
    row.name = kid;
    row.algorithm = record->algorithm;
    row.over = over;
    row.sealed = record->sealed_private;
    row.kek_id = kek.id();
    rows_.rows.push_back(row);
  }
  absl::StatusOr<ResealReport> Run(ResealMode mode = ResealMode::kWrite) {
    return Reseal(rows_, old_, new_, mode, kTestStart, audit_, nullptr);
  }

  const KeyEncryptionKey old_ = TestKek('1');
  const KeyEncryptionKey new_ = TestKek('2');
  const domain::FakeAuditRecorder audit_{};
  KeptRows rows_;
};

//
TEST_F(ResealTest, WhatTheOldKeySealedTheNewOneOpens) {
  AddSecret("totp-v1", old_);
  AddKey("2026-11-a", old_);
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->resealed, ElementsAre("server secret totp-v1", "signing key 2026-11-a"));
  const auto secret = new_.Open(rows_.rows[0].sealed, ServerSecretContext("totp-v1"));
  EXPECT_EQ(secret->reveal(), "secret of totp-v1");
  EXPECT_EQ(rows_.rows[0].kek_id, new_.id());
  domain::SigningKeyRecord record;
  record.kid = "2026-11-a";
  record.algorithm = rows_.rows[1].algorithm;
  record.sealed_private = rows_.rows[1].sealed;
  record.kek_id = rows_.rows[1].kek_id;
  EXPECT_TRUE(OpenKey(new_, record).ok());
  EXPECT_FALSE(old_.Open(rows_.rows[1].sealed, SigningKeyContext("2026-11-a", "EdDSA")).ok());
  EXPECT_THAT(rows_.audits, SizeIs(1));
}

TEST_F(ResealTest, DoneTwiceTheSecondFindsItDone) {
  AddSecret("totp-v1", old_);
  ASSERT_TRUE(Run().ok());
  const auto again = Run();
  ASSERT_TRUE(again.ok());
  EXPECT_THAT(again->resealed, IsEmpty());
  EXPECT_THAT(again->already, ElementsAre("server secret totp-v1"));
  EXPECT_THAT(rows_.audits, SizeIs(1)) << "nothing was done that time";
}

TEST_F(ResealTest, ADryRunSaysTheSameAndWritesNothing) {
  AddSecret("totp-v1", old_);
  const std::string before = rows_.rows[0].sealed;
  const auto report = Run(ResealMode::kDryRun);
  ASSERT_TRUE(report.ok());
  EXPECT_THAT(report->resealed, ElementsAre("server secret totp-v1"));
  EXPECT_EQ(rows_.rows[0].sealed, before);
  EXPECT_THAT(rows_.audits, IsEmpty());
}

TEST_F(ResealTest, ANewKeyThatDoesNotOpenWhatItSealedLosesNothing) {
  AddSecret("totp-v1", old_);
  const std::string before = rows_.rows[0].sealed;
  const std::vector<absl::StatusOr<std::string>> readings = {"something else",
                                                             absl::DataLossError("damaged")};
  for (const auto& opened : readings) {
    const KeyEncryptionKey forgetful =
        KeyEncryptionKey::Remote(std::make_shared<ForgetfulSeal>(opened));
    const absl::Status refused =
        Reseal(rows_, old_, forgetful, ResealMode::kWrite, kTestStart, audit_, nullptr).status();
    EXPECT_THAT(std::string(refused.message()),
                HasSubstr("key-encryption key forgetful does not open what it has just sealed"));
    EXPECT_EQ(rows_.rows[0].sealed, before);
    EXPECT_THAT(rows_.audits, IsEmpty());
  }
}

TEST_F(ResealTest, ARowOfNeitherKeyIsNamedAndNothingIsWritten) {
  AddSecret("lineage-hmac-v1", old_);
  AddSecret("totp-v1", TestKek('3'));
  const std::string before = rows_.rows[0].sealed;
  const absl::Status refused = Run().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused));
  EXPECT_THAT(std::string(refused.message()),
              AllOf(HasSubstr("server secret totp-v1"), HasSubstr(TestKek('3').id()),
                    HasSubstr(old_.id()), HasSubstr(new_.id())));
  EXPECT_EQ(rows_.rows[0].sealed, before);
}

// After a key was lost (docs/runbooks/key-encryption-key-lost.md) such rows stay for good.
TEST_F(ResealTest, AKeyThatNothingOpensAnyMoreIsLeftAndTold) {
  AddKey("2026-01-a", TestKek('3'), /*over=*/true);
  AddKey("2026-02-a", old_, /*over=*/true);
  AddKey("2026-03-a", old_, /*over=*/true);
  rows_.rows[2].sealed.clear();  // erased
  const auto report = Run();
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_THAT(report->left, ElementsAre("signing key 2026-01-a"));
  EXPECT_THAT(report->resealed, ElementsAre("signing key 2026-02-a"));
}

// Attack: a secret of one's own, or another's, in the row; sealing it anew would make it good.
TEST_F(ResealTest, AMovedRowIsNamedAndNotSealedAnew) {
  AddSecret("totp-v1", old_);
  AddSecret("lineage-hmac-v1", old_);
  std::swap(rows_.rows[0].sealed, rows_.rows[1].sealed);
  const absl::Status damaged = Run().status();
  EXPECT_TRUE(absl::IsDataLoss(damaged));
  EXPECT_THAT(std::string(damaged.message()), HasSubstr("server secret totp-v1"));
}

TEST_F(ResealTest, WhatChangesMeanwhileIsReadAgainAndNotForEver) {
  AddSecret("totp-v1", old_);
  rows_.change_before_write = 2;
  ASSERT_TRUE(Run().ok());
  EXPECT_EQ(rows_.reads, 3);
  AddSecret("lineage-hmac-v1", old_);
  rows_.change_before_write = 1000;
  EXPECT_TRUE(absl::IsAborted(Run().status()));
}

TEST_F(ResealTest, OneKeyTwiceIsRefused) {
  EXPECT_TRUE(absl::IsInvalidArgument(
      Reseal(rows_, old_, TestKek('1'), ResealMode::kWrite, kTestStart, audit_, nullptr).status()));
}

}  // namespace
}  // namespace signet::signing
