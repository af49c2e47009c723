#include <gmock/gmock.h>

#include "client/base/error.h"
#include "server/domain/access/check_permission.h"
#include "server/domain/access/grants.h"
#include "server/domain/access/issue_service_token.h"
#include "server/domain/access/roles.h"
#include "server/domain/access/service_accounts.h"
#include "server/domain/accounts/bootstrap_administrator.h"
#include "server/domain/fakes/fake_access_store.h"
#include "server/domain/fakes/fake_service_account_store.h"
#include "server/domain/permissions.h"
#include "server/domain/ports/credential_observer.h"
#include "server/domain/use_case_fixture.h"

namespace signet::domain {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class RememberedUses final : public ApiKeyUses {
 public:
  void Note(ApiKeyId id, absl::Time) override { noted.push_back(id); }
  std::vector<ApiKeyId> noted;
};

class ToldOfKeys final : public CredentialObserver {
 public:
  void RefreshDecided(RefreshOutcome) override {}
  void ApiKeyJudged(ApiKeyOutcome outcome) override { keys.push_back(outcome); }
  std::vector<ApiKeyOutcome> keys;
};

class ServiceAccountTest : public UseCaseTest {
 protected:
  ServiceAccountTest() {
    RegisterCommand command{"root@example.com", base::Secret(kPassword)};
    EXPECT_TRUE(BootstrapAdministrator(accounts_, hasher_, policy_, audit_recorder_)
                    .Run(command, Call())
                    .ok());
    EXPECT_TRUE(Register("ada@example.com").ok());
    account_ = *service_accounts_.Create(Root(), "billing", "Invoices at night", Call());
  }

  Caller Root() { return CallerOf(Enter("root@example.com")); }
  SubjectId subject() const { return SubjectId(account_.id.uuid()); }
  absl::StatusOr<MadeApiKey> TryMakeKey(const Caller& caller,
                                        std::optional<absl::Time> until = std::nullopt) {
    ApiKeyRecord wanted;
    wanted.account = account_.id;
    wanted.name = "night run";
    wanted.scopes = {"invoices", "reports"};
    wanted.expires_at = until;
    return keys_.Create(caller, wanted, Call());
  }
  MadeApiKey MakeKey(std::optional<absl::Time> until = std::nullopt) {
    auto made = TryMakeKey(Root(), until);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }
  absl::StatusOr<ServiceTokenDecision> TryIssue(absl::string_view key,
                                                std::vector<std::string> scopes = {}) {
    ServiceTokenCommand command;
    command.api_key = base::Secret(key);
    command.audience = kAudience;
    command.scopes = std::move(scopes);
    return issue_.Run(command, Call());
  }
  ServiceTokenDecision Issue(const MadeApiKey& key) {
    auto issued = TryIssue(key.text.reveal());
    EXPECT_TRUE(issued.ok() && issued->access_token);
    return *std::move(issued);
  }
  static std::string Reason(const absl::Status& status) { return base::ErrorReason(status); }

  FakeAccessStore access_{database_};
  FakeServiceAccountStore store_{database_};
  RememberedUses uses_;
  Roles roles_{access_, audit_, lifetimes_};
  Grants grants_{access_, audit_, lifetimes_};
  ServiceAccounts service_accounts_{store_, audit_, lifetimes_};
  ApiKeys keys_{store_, access_, audit_, lifetimes_};
  ToldOfKeys told_;
  FakeRates key_rates_;
  CheckApiKey check_{store_, uses_, told_};
  IssueServiceToken issue_{check_, key_rates_, issuer_, audit_, lifetimes_};
  ServiceAccount account_;
};

//
TEST_F(ServiceAccountTest, AKeyBuysATokenOfItsAccount) {
  Role role;
  role.name = "clerk";
  role.permissions = {"app:invoices.write"};
  ASSERT_TRUE(roles_.Create(Root(), role, Call()).ok());
  ASSERT_TRUE(grants_.Give(Root(), NewGrant{subject(), "clerk", {}}, Call()).ok());
  const MadeApiKey key = MakeKey();
  const ServiceTokenDecision issued = Issue(key);
  const auto verdict = Judge(*issued.access_token);
  ASSERT_TRUE(verdict.accepted());
  const auto& claims = verdict.token().claims();
  EXPECT_EQ(claims.subject, account_.id.ToString());
  EXPECT_EQ(claims.client_id, "billing");
  EXPECT_EQ(claims.session_id, std::nullopt);
  EXPECT_THAT(claims.scopes, ElementsAre("invoices", "reports"));
  EXPECT_THAT(claims.roles, ElementsAre("clerk"));
  EXPECT_THAT(claims.permissions, ElementsAre("app:invoices.write"));
  EXPECT_EQ(issued.expires_in, lifetimes_.access);
  EXPECT_THAT(uses_.noted, ElementsAre(key.record.id));

  // A service is no person, nor the other way round.
  EXPECT_EQ(Reason(Caller::From(verdict.token()).status()), "TOKEN_INVALID");
  EXPECT_TRUE(ServiceCaller::From(verdict.token()).ok());
  const auto person = Judge(Enter("ada@example.com").tokens->access_token);
  EXPECT_EQ(Reason(ServiceCaller::From(person.token()).status()), "TOKEN_INVALID");
}

// whoever names a key must not be able to use up its share.
TEST_F(ServiceAccountTest, AKeysShareIsUsedUpByTheKeyAlone) {
  const MadeApiKey key = MakeKey();
  const std::string id = key.record.id.ToString();
  std::string guessed(key.text.reveal());
  guessed.back() = guessed.back() == 'A' ? 'B' : 'A';
  EXPECT_FALSE(TryIssue("sgk_nonsense")->access_token);
  EXPECT_FALSE(TryIssue(guessed)->access_token);
  EXPECT_THAT(key_rates_.charged, testing::IsEmpty());
  Issue(key);
  EXPECT_THAT(key_rates_.charged, ElementsAre(id));
  key_rates_.refuse = true;
  EXPECT_EQ(Reason(TryIssue(key.text.reveal()).status()), "RATE_LIMITED");
  EXPECT_EQ(key_rates_.peeked.back(), id);
  EXPECT_THAT(key_rates_.charged, ElementsAre(id)) << "what is refused uses nothing up";
}

TEST_F(ServiceAccountTest, EachKeyThatIsPresentedIsToldOfOnce) {
  const MadeApiKey key = MakeKey();
  (void)TryIssue("sgk_nonsense");
  Issue(key);
  EXPECT_TRUE(check_.Run(key.text.reveal(), Call(), "somebody else").ok());
  EXPECT_THAT(told_.keys, ElementsAre(ApiKeyOutcome::kMalformed, ApiKeyOutcome::kAccepted,
                                      ApiKeyOutcome::kOtherClient));
}

TEST_F(ServiceAccountTest, ScopesAreThoseThatTheKeyAllows) {
  const MadeApiKey key = MakeKey();
  EXPECT_THAT(TryIssue(key.text.reveal(), {"reports", "admin", "reports"})->scopes,
              ElementsAre("reports"));
  EXPECT_EQ(Reason(TryIssue(key.text.reveal(), {"admin"}).status()), "FIELD_INVALID");
}

TEST_F(ServiceAccountTest, EveryBadKeyIsToldApartForUsAlone) {
  const MadeApiKey key = MakeKey(clock_.Now() + absl::Hours(1));
  EXPECT_EQ(TryIssue("sgk_nonsense")->outcome, ApiKeyOutcome::kMalformed);
  ApiKey forged = *ApiKey::Parse(key.text.reveal());
  forged.secret = base::Secret(std::string(32, 'x'));
  EXPECT_EQ(TryIssue(forged.Encode().reveal())->outcome, ApiKeyOutcome::kWrongSecret);
  forged.key_id = ApiKeyId::New(clock_.Now());
  EXPECT_EQ(TryIssue(forged.Encode().reveal())->outcome, ApiKeyOutcome::kUnknown);
  EXPECT_THAT(uses_.noted, IsEmpty());
  clock_.Advance(absl::Hours(1));
  EXPECT_EQ(TryIssue(key.text.reveal())->outcome, ApiKeyOutcome::kExpired);
  const MadeApiKey next = MakeKey();
  ASSERT_TRUE(keys_.Revoke(Root(), next.record.id, Call()).ok());
  EXPECT_EQ(TryIssue(next.text.reveal())->outcome, ApiKeyOutcome::kRevoked);
}

TEST_F(ServiceAccountTest, ATokenDoesNotOutliveItsKey) {
  const MadeApiKey key = MakeKey(clock_.Now() + absl::Minutes(5));
  const ServiceTokenDecision issued = Issue(key);
  EXPECT_EQ(issued.expires_in, absl::Minutes(5));
  EXPECT_EQ(Judge(*issued.access_token).token().claims().expires_at,
            clock_.Now() + absl::Minutes(5));
  EXPECT_EQ(Reason(TryMakeKey(Root(), clock_.Now()).status()), "FIELD_INVALID");
}

// at once, and the account goes on with its other keys.
TEST_F(ServiceAccountTest, ARevokedKeyTakesTheTokensWithIt) {
  const MadeApiKey leaked = MakeKey();
  const MadeApiKey other = MakeKey();
  const ServiceTokenDecision before = Issue(leaked);
  ASSERT_TRUE(keys_.Revoke(Root(), leaked.record.id, Call()).ok());
  EXPECT_EQ(Judge(*before.access_token).reason(), token::RejectReason::kRevokedUser);
  EXPECT_TRUE(Judge(*Issue(other).access_token).accepted());
  EXPECT_EQ(Reason(keys_.Revoke(Root(), leaked.record.id, Call())), "API_KEY_UNKNOWN");
}

TEST_F(ServiceAccountTest, ARotatedKeyOverlapsWithItsSuccessor) {
  const MadeApiKey old = MakeKey();
  const auto next = keys_.Rotate(Root(), old.record.id, absl::Hours(24), Call());
  ASSERT_TRUE(next.ok()) << next.status();
  EXPECT_EQ(next->record.name, "night run");
  EXPECT_THAT(next->record.scopes, ElementsAre("invoices", "reports"));
  EXPECT_EQ(TryIssue(old.text.reveal())->outcome, ApiKeyOutcome::kAccepted);
  EXPECT_EQ(TryIssue(next->text.reveal())->outcome, ApiKeyOutcome::kAccepted);
  EXPECT_EQ(Reason(keys_.Rotate(Root(), old.record.id, absl::Hours(1), Call()).status()),
            "API_KEY_UNKNOWN");
  clock_.Advance(absl::Hours(24));
  EXPECT_EQ(TryIssue(old.text.reveal())->outcome, ApiKeyOutcome::kExpired);
  EXPECT_EQ(TryIssue(next->text.reveal())->outcome, ApiKeyOutcome::kAccepted);
}

TEST_F(ServiceAccountTest, ADisabledOrDeletedAccountGetsNothing) {
  const MadeApiKey key = MakeKey();
  const ServiceTokenDecision before = Issue(key);
  const auto set = [&](ServiceAccountStatus status) {
    return service_accounts_.SetStatus(Root(), account_.id, status, Call());
  };
  ASSERT_TRUE(set(ServiceAccountStatus::kDisabled).ok());
  EXPECT_FALSE(Judge(*before.access_token).accepted());
  EXPECT_EQ(TryIssue(key.text.reveal())->outcome, ApiKeyOutcome::kAccountInactive);
  ASSERT_TRUE(set(ServiceAccountStatus::kActive).ok());
  EXPECT_EQ(TryIssue(key.text.reveal())->outcome, ApiKeyOutcome::kAccepted);
  ASSERT_TRUE(set(ServiceAccountStatus::kDeleted).ok());
  EXPECT_EQ(TryIssue(key.text.reveal())->outcome, ApiKeyOutcome::kAccountInactive);
  EXPECT_EQ(Reason(set(ServiceAccountStatus::kActive)), "SERVICE_ACCOUNT_UNKNOWN");
  EXPECT_EQ(Reason(service_accounts_.Get(account_.id).status()), "SERVICE_ACCOUNT_UNKNOWN");
  EXPECT_TRUE(service_accounts_.Create(Root(), "billing", "", Call()).ok());
}

// a key is worth what its account holds, so making one must not raise anybody.
TEST_F(ServiceAccountTest, NobodyMakesAKeyOfAnAccountThatHoldsMore) {
  Role role;
  role.name = "delegate";
  role.permissions = {"access.manage"};
  ASSERT_TRUE(roles_.Create(Root(), role, Call()).ok());
  const SubjectId ada(Enter("ada@example.com").user_id.uuid());
  ASSERT_TRUE(grants_.Give(Root(), NewGrant{ada, "delegate", {}}, Call()).ok());
  const MadeApiKey key = MakeKey();
  ASSERT_TRUE(TryMakeKey(CallerOf(Enter("ada@example.com"))).ok());
  ASSERT_TRUE(grants_.Give(Root(), NewGrant{subject(), "auditor", {}}, Call()).ok());
  const Caller delegate = CallerOf(Enter("ada@example.com"));
  EXPECT_EQ(Reason(TryMakeKey(delegate).status()), "PERMISSION_MISSING");
  EXPECT_EQ(Reason(keys_.Rotate(delegate, key.record.id, absl::Hours(1), Call()).status()),
            "PERMISSION_MISSING");
  EXPECT_TRUE(keys_.Revoke(delegate, key.record.id, Call()).ok());
}

TEST_F(ServiceAccountTest, NamesAreUniqueAndKeysAreCounted) {
  EXPECT_EQ(Reason(service_accounts_.Create(Root(), "billing", "", Call()).status()), "CONFLICT");
  const Caller root = Root();
  for (int i = 0; i < kMostApiKeys; ++i) ASSERT_TRUE(TryMakeKey(root).ok());
  EXPECT_EQ(Reason(TryMakeKey(root).status()), "TOO_MANY_API_KEYS");
  EXPECT_THAT(*keys_.List(account_.id, std::nullopt, 100), SizeIs(kMostApiKeys));
}

//
TEST_F(ServiceAccountTest, WhatIsDoneWithKeysIsAudited) {
  const MadeApiKey key = MakeKey();
  EXPECT_EQ(LastAudit().action, AuditAction::kApiKeyCreate);
  EXPECT_EQ(LastAudit().target, key.record.id.ToString());
  (void)Issue(key);
  EXPECT_EQ(LastAudit().action, AuditAction::kServiceToken);
  EXPECT_EQ(LastAudit().actor.kind, AuditActor::Kind::kServiceAccount);
  EXPECT_EQ(LastAudit().actor.id, account_.id.uuid());
  ASSERT_TRUE(keys_.Revoke(Root(), key.record.id, Call()).ok());
  EXPECT_EQ(LastAudit().action, AuditAction::kApiKeyRevoke);
  (void)TryIssue(key.text.reveal());
  EXPECT_EQ(LastAudit().outcome, AuditOutcome::kRefused);
  EXPECT_EQ(LastAudit().reason, "REVOKED");
  EXPECT_EQ(LastAudit().target, key.record.id.ToString());
}

}  // namespace
}  // namespace signet::domain
