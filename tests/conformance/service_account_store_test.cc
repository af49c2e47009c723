#include <atomic>
#include <thread>
#include <vector>

#include <gmock/gmock.h>

#include "server/domain/permissions.h"
#include "tests/conformance/stores.h"

namespace signet::conformance {
namespace {

using domain::AccessOutcome;
using domain::ApiKeyId;
using domain::ApiKeyRecord;
using domain::ServiceAccount;
using domain::ServiceAccountId;
using domain::ServiceAccountStatus;
using domain::SubjectId;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

template <typename Stores>
class ServiceAccountStoreTest : public testing::Test {
 protected:
  ServiceAccountStoreTest() {
    root_ = Account("root");
    root_.roles = {"admin"};
    EXPECT_TRUE(stores_.accounts
                    .Insert(root_, Audited(domain::AuditAction::kRegister),
                            Audited(domain::AuditAction::kRegister))
                    .value());
    by_ = domain::Authority{root_.user_id, kNow, domain::PermissionsOf({"admin"})};
    account_ = Made("billing");
  }

  ServiceAccount Made(const std::string& name) {
    ServiceAccount account;
    account.id = ServiceAccountId::New(kNow);
    account.name = name;
    account.description = "of a test";
    account.created_by = root_.user_id;
    account.created_at = account.updated_at = kNow;
    EXPECT_EQ(
        store().CreateAccount(by_, account, Audited(domain::AuditAction::kRoleGrant))->outcome,
        AccessOutcome::kDone);
    return account;
  }
  ApiKeyRecord Key(std::optional<absl::Time> until = std::nullopt) {
    ApiKeyRecord key;
    key.id = ApiKeyId::New(kNow);
    key.account = account_.id;
    key.name = "night run";
    key.scopes = {"invoices", "reports"};
    key.created_by = root_.user_id;
    key.created_at = kNow;
    key.expires_at = until;
    return key;
  }
  ApiKeyRecord MadeKey(std::optional<absl::Time> until = std::nullopt) {
    const ApiKeyRecord key = Key(until);
    EXPECT_EQ(
        store().CreateKey(by_, key, Hash('k'), Audited(domain::AuditAction::kRoleGrant))->outcome,
        AccessOutcome::kDone);
    return key;
  }
  AccessOutcome Set(ServiceAccountStatus status) {
    return store()
        .SetStatus(by_, account_.id, status, kNow, kExpires,
                   Audited(domain::AuditAction::kRoleGrant))
        ->outcome;
  }
  auto& store() { return stores_.service_accounts; }

  Stores stores_;
  domain::NewAccount root_;
  domain::Authority by_;
  ServiceAccount account_;
};
TYPED_TEST_SUITE(ServiceAccountStoreTest, AllStores, StoresName);

TYPED_TEST(ServiceAccountStoreTest, AnAccountIsMadeFoundAndListed) {
  const auto found = this->store().FindAccount(this->account_.id).value();
  ASSERT_TRUE(found.has_value());
  EXPECT_EQ(found->name, "billing");
  EXPECT_EQ(found->description, "of a test");
  EXPECT_EQ(found->status, ServiceAccountStatus::kActive);
  EXPECT_EQ(found->created_by, this->root_.user_id);
  EXPECT_EQ(found->created_at, kNow);
  ServiceAccount second = this->account_;
  second.id = ServiceAccountId::New(kNow);
  EXPECT_EQ(this->store()
                .CreateAccount(this->by_, second, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kNameTaken);
  this->Made("shipping");
  EXPECT_EQ(this->store().ListAccounts(std::nullopt, 10)->size(), 2u);
  const auto first = this->store().ListAccounts(std::nullopt, 1).value();
  ASSERT_EQ(first.size(), 1u);
  EXPECT_EQ(this->store().ListAccounts(first[0].id, 10)->size(), 1u);
  EXPECT_EQ(this->store().FindAccount(ServiceAccountId::New(kNow)).value(), std::nullopt);
}

//
TYPED_TEST(ServiceAccountStoreTest, AKeyIsReadWithAllThatJudgesIt) {
  const absl::Time until = kNow + absl::Hours(1);
  const ApiKeyRecord key = this->MadeKey(until);
  ASSERT_EQ(this->stores_.access
                .Grant(this->by_, {SubjectId(this->account_.id.uuid()), "auditor", until}, {}, kNow,
                       kExpires, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kDone);
  const auto view = this->store().ReadKey(key.id).value();
  ASSERT_TRUE(view.has_value());
  EXPECT_EQ(view->secret_hash, Hash('k'));
  EXPECT_THAT(view->scopes, ElementsAre("invoices", "reports"));
  EXPECT_EQ(view->expires_at, until);
  EXPECT_FALSE(view->revoked);
  EXPECT_EQ(view->account, this->account_.id);
  EXPECT_EQ(view->account_name, "billing");
  EXPECT_EQ(view->account_status, ServiceAccountStatus::kActive);
  EXPECT_EQ(view->account_not_before, absl::InfinitePast());
  ASSERT_EQ(view->held.size(), 1u);
  EXPECT_EQ(view->held[0].name, "auditor");
  EXPECT_EQ(view->held[0].expires_at, until);
  EXPECT_EQ(this->store().ReadKey(ApiKeyId::New(kNow)).value(), std::nullopt);

  const auto access = this->stores_.access.ReadAccess(SubjectId(this->account_.id.uuid())).value();
  EXPECT_EQ(access->kind, domain::SubjectKind::kServiceAccount);
  const auto holders = this->stores_.access.HoldersOf("auditor", std::nullopt, 10).value();
  ASSERT_EQ(holders.size(), 1u);
  EXPECT_EQ(holders[0].kind, domain::SubjectKind::kServiceAccount);
}

TYPED_TEST(ServiceAccountStoreTest, WhatIsNotActiveLosesItsTokensByTheSameStatement) {
  const ApiKeyRecord key = this->MadeKey();
  EXPECT_EQ(this->Set(ServiceAccountStatus::kDisabled), AccessOutcome::kDone);
  const auto log = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(log.records.size(), 1u);
  EXPECT_EQ(log.records[0].kind, token::RevocationKind::kUser);
  EXPECT_EQ(log.records[0].subject, this->account_.id.ToString());
  const auto view = this->store().ReadKey(key.id).value();
  EXPECT_EQ(view->account_status, ServiceAccountStatus::kDisabled);
  EXPECT_EQ(view->account_not_before, log.records[0].not_before);
  EXPECT_EQ(this->Set(ServiceAccountStatus::kActive), AccessOutcome::kDone);
  EXPECT_EQ(this->stores_.revocations.ReadAfter(0, kNow, 10)->records.size(), 1u);
  EXPECT_EQ(this->Set(ServiceAccountStatus::kDeleted), AccessOutcome::kDone);
  EXPECT_EQ(this->Set(ServiceAccountStatus::kActive), AccessOutcome::kAccountUnknown);
  EXPECT_EQ(this->store().FindAccount(this->account_.id).value(), std::nullopt);
  EXPECT_THAT(this->store().ListAccounts(std::nullopt, 10).value(), IsEmpty());
  EXPECT_EQ(this->stores_.access.ReadAccess(SubjectId(this->account_.id.uuid())).value(),
            std::nullopt);
  this->Made("billing");
}

TYPED_TEST(ServiceAccountStoreTest, ARevokedKeyCutsTheTokensOfItsAccount) {
  const ApiKeyRecord key = this->MadeKey();
  const auto revoke = [&] {
    return this->store()
        .RevokeKey(this->by_, key.id, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
        ->outcome;
  };
  EXPECT_EQ(revoke(), AccessOutcome::kDone);
  EXPECT_EQ(revoke(), AccessOutcome::kKeyUnknown);
  EXPECT_TRUE(this->store().ReadKey(key.id).value()->revoked);
  EXPECT_EQ(this->store().FindKey(key.id).value()->revoked_at, kNow);
  const auto log = this->stores_.revocations.ReadAfter(0, kNow, 10).value();
  ASSERT_EQ(log.records.size(), 1u);
  EXPECT_EQ(log.records[0].subject, this->account_.id.ToString());
}

// of any number of rotations of one key exactly one happens.
TYPED_TEST(ServiceAccountStoreTest, OfManyRotationsOfOneKeyOneHappens) {
  const absl::Time until = kNow + absl::Hours(24 * 90);
  const ApiKeyRecord old = this->MadeKey(until);
  std::atomic<int> done = 0;
  std::vector<std::thread> threads;
  for (int i = 0; i < 8; ++i) {
    threads.emplace_back([&] {
      const ApiKeyRecord next = this->Key(kNow + absl::Hours(24 * 180));
      const auto rotated =
          this->store().RotateKey(this->by_, old.id, next, Hash('n'), kNow + absl::Hours(24), kNow,
                                  Audited(domain::AuditAction::kRoleGrant));
      done += rotated->outcome == AccessOutcome::kDone ? 1 : 0;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(done, 1);
  const auto before = this->store().FindKey(old.id).value();
  EXPECT_EQ(before->expires_at, kNow + absl::Hours(24));
  ASSERT_TRUE(before->replaced_by.has_value());
  const auto after = this->store().FindKey(*before->replaced_by).value();
  EXPECT_EQ(after->name, "night run");
  EXPECT_THAT(after->scopes, ElementsAre("invoices", "reports"));
  EXPECT_EQ(after->expires_at, kNow + absl::Hours(24 * 180));
  EXPECT_EQ(this->store().ReadKey(after->id).value()->secret_hash, Hash('n'));
  EXPECT_EQ(this->store().ListKeys(this->account_.id, std::nullopt, 10)->size(), 2u);
}

TYPED_TEST(ServiceAccountStoreTest, KeysAreCountedWhileTheyWork) {
  const ApiKeyRecord first = this->MadeKey();
  for (int i = 1; i < domain::kMostApiKeys; ++i) this->MadeKey();
  const auto one_more = [&] {
    return this->store()
        .CreateKey(this->by_, this->Key(), Hash('k'), Audited(domain::AuditAction::kRoleGrant))
        ->outcome;
  };
  EXPECT_EQ(one_more(), AccessOutcome::kTooManyKeys);
  ASSERT_EQ(
      this->store()
          .RevokeKey(this->by_, first.id, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
          ->outcome,
      AccessOutcome::kDone);
  EXPECT_EQ(one_more(), AccessOutcome::kDone);
  ApiKeyRecord nobodys = this->Key();
  nobodys.account = ServiceAccountId::New(kNow);
  EXPECT_EQ(this->store()
                .CreateKey(this->by_, nobodys, Hash('k'), Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            AccessOutcome::kAccountUnknown);
}

TYPED_TEST(ServiceAccountStoreTest, WhoLostHisRightsChangesNothing) {
  const ApiKeyRecord key = this->MadeKey();
  domain::Authority nobody = this->by_;
  nobody.user_id = base::UserId::New(kNow);
  const auto outdated = AccessOutcome::kAuthorityOutdated;
  ServiceAccount account = this->account_;
  account.id = ServiceAccountId::New(kNow);
  account.name = "other";
  EXPECT_EQ(this->store()
                .CreateAccount(nobody, account, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            outdated);
  EXPECT_EQ(this->store()
                .SetStatus(nobody, this->account_.id, ServiceAccountStatus::kDeleted, kNow,
                           kExpires, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            outdated);
  EXPECT_EQ(this->store()
                .CreateKey(nobody, this->Key(), Hash('k'), Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            outdated);
  EXPECT_EQ(this->store()
                .RotateKey(nobody, key.id, this->Key(), Hash('n'), kNow + absl::Hours(1), kNow,
                           Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            outdated);
  EXPECT_EQ(this->store()
                .RevokeKey(nobody, key.id, kNow, kExpires, Audited(domain::AuditAction::kRoleGrant))
                ->outcome,
            outdated);
  EXPECT_EQ(this->store().ListKeys(this->account_.id, std::nullopt, 10)->size(), 1u);
}

}  // namespace
}  // namespace signet::conformance
