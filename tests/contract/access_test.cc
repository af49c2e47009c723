// roles, grants and permissions, as an administrator and as the people concerned see them.

#include <algorithm>

#include "absl/time/clock.h"
#include "tests/contract/service_test.h"

namespace signet::contract {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Not;
using AccessStub = v1::AccessService::Stub;

class AccessTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService(); }

  void SetUp() override { admin_ = AdminToken(); }

  template <typename Request, typename Response>
  Answer<Response> Do(grpc::Status (AccessStub::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                      const Request& request, const std::string& bearer = "") {
    return ServiceClient::Call(client().access(), method, request,
                               {.bearer = bearer.empty() ? admin_ : bearer});
  }
  v1::Role MakeRole(const std::string& name, const std::vector<std::string>& permissions) {
    v1::CreateRoleRequest request;
    request.mutable_role()->set_name(name);
    for (const std::string& permission : permissions) {
      request.mutable_role()->add_permissions(permission);
    }
    const auto answer = Do(&AccessStub::CreateRole, request);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message.role();
  }
  std::string Give(const std::string& subject, const std::string& role,
                   const std::string& bearer = "", absl::Duration life = absl::ZeroDuration()) {
    v1::GrantRoleRequest request;
    request.set_subject_id(subject);
    request.set_role(role);
    if (life > absl::ZeroDuration()) {
      request.mutable_expire_time()->set_seconds(absl::ToUnixSeconds(absl::Now() + life));
    }
    return Describe(Do(&AccessStub::GrantRole, request, bearer).status);
  }
  std::string Take(const std::string& subject, const std::string& role,
                   const std::string& bearer = "") {
    v1::RevokeGrantRequest request;
    request.set_subject_id(subject);
    request.set_role(role);
    return Describe(Do(&AccessStub::RevokeGrant, request, bearer).status);
  }
  v1::CheckPermissionResponse Check(const std::string& bearer, const std::string& permission,
                                    const std::string& subject = "") {
    v1::CheckPermissionRequest request;
    request.set_permission(permission);
    request.set_subject_id(subject);
    const auto answer = Do(&AccessStub::CheckPermission, request, bearer);
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message;
  }
  static v1::Claims ClaimsOf(const std::string& token) {
    const auto answer = client().Validate(token);
    EXPECT_TRUE(answer.message.active()) << v1::InactiveReason_Name(answer.message.reason());
    return answer.message.claims();
  }
  static v1::TokenPair Refreshed(const v1::TokenPair& tokens) {
    const auto answer = client().Refresh(tokens.refresh_token());
    EXPECT_EQ(Describe(answer.status), "OK");
    return answer.message.tokens();
  }

  std::string admin_;
};

TEST_F(AccessTest, AGrantIsInTheNextTokenAndARevocationRefusesIt) {
  MakeRole("billing-clerk", {"app:invoices.write", "keys.read"});
  const auto login = NewSession();
  EXPECT_FALSE(Check(login.tokens().access_token(), "app:invoices.write").allowed());
  ASSERT_EQ(Give(login.user_id(), "billing-clerk"), "OK");
  const auto now = Check(login.tokens().access_token(), "app:invoices.write");
  EXPECT_TRUE(now.allowed());
  EXPECT_THAT(now.roles(), ElementsAre("billing-clerk"));

  const auto tokens = Refreshed(login.tokens());
  const auto claims = ClaimsOf(tokens.access_token());
  EXPECT_THAT(claims.roles(), ElementsAre("billing-clerk"));
  EXPECT_THAT(claims.permissions(), ElementsAre("keys.read", "app:invoices.write"));
  EXPECT_EQ(Describe(ServiceClient::Call(client().keys(), &v1::KeyService::Stub::ListKeys,
                                         v1::ListKeysRequest(), {.bearer = tokens.access_token()})
                         .status),
            "OK");

  const absl::Time began = absl::Now();
  ASSERT_EQ(Take(login.user_id(), "billing-clerk"), "OK");
  EXPECT_EQ(client().AwaitRefusal(tokens.access_token()), v1::INACTIVE_REASON_REVOKED_USER);
  EXPECT_LT(absl::Now() - began, absl::Seconds(5));  // 1 s on a machine that is not busy
  const auto after = Refreshed(tokens);
  EXPECT_THAT(ClaimsOf(after.access_token()).permissions(), IsEmpty());
  EXPECT_EQ(Take(login.user_id(), "billing-clerk"), "NOT_FOUND GRANT_UNKNOWN");
}

TEST_F(AccessTest, AnAccessTokenDoesNotOutliveItsGrant) {
  const auto login = NewSession();
  ASSERT_EQ(Give(login.user_id(), "auditor", "", absl::Minutes(2)), "OK");
  const auto tokens = Refreshed(login.tokens());
  EXPECT_LE(tokens.expires_in().seconds(), 120);
  EXPECT_GT(tokens.expires_in().seconds(), 60);
  EXPECT_THAT(ClaimsOf(tokens.access_token()).permissions(), Contains("access.read"));
}

TEST_F(AccessTest, NobodyRaisesHimselfOrHandsOnWhatHeDoesNotHold) {
  const std::string email = NewPerson();
  const auto ada = LoginOf(email);
  const auto bob = NewSession();
  MakeRole("delegate", {"access.manage", "access.read"});
  ASSERT_EQ(Give(ada.user_id(), "delegate"), "OK");
  const std::string delegate = LoginOf(email).tokens().access_token();
  EXPECT_EQ(Give(bob.user_id(), "admin", delegate),
            "PERMISSION_DENIED PERMISSION_MISSING access.grant_app");
  EXPECT_EQ(Give(ada.user_id(), "delegate", delegate), "PERMISSION_DENIED SELF_GRANT");
  EXPECT_EQ(Give(bob.user_id(), "delegate", delegate), "OK");
  v1::UpdateRoleRequest wider;
  wider.mutable_role()->set_name("delegate");
  for (const char* permission : {"access.manage", "access.read", "keys.manage"}) {
    wider.mutable_role()->add_permissions(permission);
  }
  wider.mutable_update_mask()->add_paths("permissions");
  EXPECT_EQ(Describe(Do(&AccessStub::UpdateRole, wider, delegate).status),
            "PERMISSION_DENIED PERMISSION_MISSING keys.manage");
  EXPECT_EQ(Describe(Do(&AccessStub::UpdateRole, wider).status), "OK");
}

TEST_F(AccessTest, TheLastAdministratorCannotBeRemoved) {
  const auto admin = LoginOf(kAdminEmail);
  EXPECT_EQ(Take(admin.user_id(), "admin"), "FAILED_PRECONDITION LAST_ADMINISTRATOR");
  const auto second = NewSession();
  ASSERT_EQ(Give(second.user_id(), "admin"), "OK");
  EXPECT_EQ(Take(second.user_id(), "admin"), "OK");
  EXPECT_EQ(Take(admin.user_id(), "admin"), "FAILED_PRECONDITION LAST_ADMINISTRATOR");
  EXPECT_THAT(ClaimsOf(AdminToken()).permissions(), Contains("access.manage"));
}

TEST_F(AccessTest, RolesAndGrantsAreListedInPages) {
  for (const char* name : {"page-a", "page-b", "page-c"}) MakeRole(name, {"app:a"});
  v1::ListRolesRequest request;
  request.set_page_size(2);
  std::vector<std::string> names;
  do {
    const auto answer = Do(&AccessStub::ListRoles, request);
    ASSERT_EQ(Describe(answer.status), "OK");
    for (const auto& role : answer.message.roles()) names.push_back(role.name());
    request.set_page_token(answer.message.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_TRUE(std::is_sorted(names.begin(), names.end()));
  for (const char* name : {"admin", "auditor", "page-a", "page-c"}) {
    EXPECT_THAT(names, Contains(name));
  }

  std::vector<std::string> holders;
  for (int i = 0; i < 3; ++i) {
    holders.push_back(NewSession().user_id());
    ASSERT_EQ(Give(holders.back(), "page-a"), "OK");
  }
  std::sort(holders.begin(), holders.end());
  v1::ListGrantsRequest grants;
  grants.set_role("page-a");
  grants.set_page_size(2);
  std::vector<std::string> listed;
  do {
    const auto answer = Do(&AccessStub::ListGrants, grants);
    ASSERT_EQ(Describe(answer.status), "OK");
    for (const auto& grant : answer.message.grants()) listed.push_back(grant.subject_id());
    grants.set_page_token(answer.message.next_page_token());
  } while (!grants.page_token().empty());
  EXPECT_EQ(listed, holders);
}

TEST_F(AccessTest, AChangeWithAnOldEtagIsRefused) {
  const v1::Role made = MakeRole("versioned", {"app:a"});
  v1::UpdateRoleRequest request;
  *request.mutable_role() = made;
  request.mutable_role()->set_description("changed");
  request.mutable_update_mask()->add_paths("description");
  const auto changed = Do(&AccessStub::UpdateRole, request);
  ASSERT_EQ(Describe(changed.status), "OK");
  EXPECT_NE(changed.message.role().etag(), made.etag());
  EXPECT_EQ(Describe(Do(&AccessStub::UpdateRole, request).status), "ABORTED CONFLICT");
  v1::DeleteRoleRequest gone;
  gone.set_name("versioned");
  EXPECT_EQ(Describe(Do(&AccessStub::DeleteRole, gone).status), "OK");
}

// no field of any other call sets a role.
TEST_F(AccessTest, RegistrationGivesNoRole) {
  EXPECT_THAT(ClaimsOf(NewSession().tokens().access_token()).roles(), Not(Contains("admin")));
}

}  // namespace
}  // namespace signet::contract
