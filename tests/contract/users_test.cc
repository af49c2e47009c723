// people, as themselves and administrators see and change them.

#include "absl/strings/str_cat.h"
#include "tests/contract/service_test.h"

namespace signet::contract {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using UserStub = v1::UserService::Stub;

class UsersTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService({{"abuse.delay", "0s"}, {"challenge.kind", "off"}}); }
  void SetUp() override { admin_ = AdminToken(); }

  template <typename Request, typename Response>
  Answer<Response> Do(grpc::Status (UserStub::*method)(grpc::ClientContext*, const Request&,
                                                       Response*),
                      const Request& request, const std::string& bearer) {
    return ServiceClient::Call(client().users(), method, request, {.bearer = bearer});
  }
  template <typename Request, typename Response>
  Answer<Response> OnUser(grpc::Status (UserStub::*method)(grpc::ClientContext*, const Request&,
                                                           Response*),
                          const std::string& user_id, const std::string& bearer) {
    Request request;
    request.set_user_id(user_id);
    return Do(method, request, bearer);
  }

  std::string admin_;
};

TEST_F(UsersTest, APersonSeesAndNamesHimself) {
  const std::string email = NewPerson();
  const auto login = LoginOf(email);
  const std::string& mine = login.tokens().access_token();
  v1::UpdateUserRequest update;
  update.mutable_user()->set_display_name("Ada Łovelace");
  // Set beside the mask, and so not looked at.
  update.mutable_user()->add_roles("admin");
  update.mutable_user()->set_status(v1::USER_STATUS_DISABLED);
  update.mutable_user()->set_email("other@people.example");
  update.mutable_update_mask()->add_paths("display_name");
  const auto updated = Do(&UserStub::UpdateUser, update, mine);
  ASSERT_EQ(Describe(updated.status), "OK");
  const auto seen = OnUser(&UserStub::GetUser, "", mine);
  ASSERT_EQ(Describe(seen.status), "OK");
  EXPECT_EQ(seen.message.SerializeAsString(), updated.message.SerializeAsString());
  const v1::User& user = seen.message.user();
  EXPECT_EQ(user.user_id(), login.user_id());
  EXPECT_EQ(user.email(), email);
  EXPECT_EQ(user.display_name(), "Ada Łovelace");
  EXPECT_EQ(user.status(), v1::USER_STATUS_ACTIVE);
  EXPECT_THAT(user.roles(), IsEmpty());
  EXPECT_TRUE(user.has_password());
}

//
TEST_F(UsersTest, ADisabledPersonIsOutEverywhereAndBackInWithALogin) {
  const std::string email = NewPerson();
  const auto login = LoginOf(email);
  ASSERT_TRUE(client().Validate(login.tokens().access_token()).message.active());
  const auto disabled = OnUser(&UserStub::DisableUser, login.user_id(), admin_);
  ASSERT_EQ(Describe(disabled.status), "OK");
  EXPECT_EQ(disabled.message.ended_sessions(), 1);
  EXPECT_EQ(Describe(client().Refresh(login.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_THAT(
      client().AwaitRefusal(login.tokens().access_token()),
      testing::AnyOf(v1::INACTIVE_REASON_REVOKED_SESSION, v1::INACTIVE_REASON_REVOKED_USER));
  const auto lineage = client().GetLineage(login.session_id(), admin_);
  EXPECT_EQ(lineage.message.session().end_reason(), v1::SESSION_END_REASON_ACCOUNT_DISABLED);

  ASSERT_EQ(Describe(OnUser(&UserStub::EnableUser, login.user_id(), admin_).status), "OK");
  EXPECT_TRUE(client().Validate(LoginOf(email).tokens().access_token()).message.active());
  EXPECT_FALSE(client().Validate(login.tokens().access_token()).message.active());
}

//
TEST_F(UsersTest, AnAdministratorEndsALockBeforeItsTime) {
  const std::string email = NewPerson();
  const std::string id = LoginOf(email).user_id();
  EXPECT_FALSE(OnUser(&UserStub::UnlockUser, id, admin_).message.was_locked());
  for (int i = 0; i < 5; ++i) (void)client().Login(email, kOtherPassword);
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  const auto unlocked = OnUser(&UserStub::UnlockUser, id, admin_);
  ASSERT_EQ(Describe(unlocked.status), "OK");
  EXPECT_TRUE(unlocked.message.was_locked());
  EXPECT_EQ(LoginOf(email).user_id(), id);
}

TEST_F(UsersTest, APersonDeletesHimselfAndTheAddressIsFree) {
  const std::string email = NewPerson();
  const auto login = LoginOf(email);
  const auto deleted = OnUser(&UserStub::DeleteUser, "", login.tokens().access_token());
  ASSERT_EQ(Describe(deleted.status), "OK");
  EXPECT_EQ(Describe(client().Login(email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  EXPECT_NE(client().AwaitRefusal(login.tokens().access_token()), v1::INACTIVE_REASON_UNSPECIFIED);
  const auto seen = OnUser(&UserStub::GetUser, login.user_id(), admin_);
  EXPECT_EQ(seen.message.user().status(), v1::USER_STATUS_DELETED);
  EXPECT_EQ(Describe(OnUser(&UserStub::EnableUser, login.user_id(), admin_).status),
            "NOT_FOUND USER_UNKNOWN");
  ASSERT_EQ(Describe(client().Register(email, kOtherPassword).status), "OK");
  EXPECT_NE(LoginOf(email, kOtherPassword).user_id(), login.user_id());
}

TEST_F(UsersTest, AnAddressThatAdministratorsSetIsTheLoginFromThenOn) {
  const std::string old_email = NewPerson();
  const auto login = LoginOf(old_email);
  v1::UpdateUserRequest update;
  update.mutable_user()->set_user_id(login.user_id());
  update.mutable_user()->set_email("Renamed+1@Bücher.example");
  update.mutable_update_mask()->add_paths("email");
  ASSERT_EQ(Describe(Do(&UserStub::UpdateUser, update, admin_).status), "OK");
  EXPECT_EQ(LoginOf("renamed+1@xn--bcher-kva.example").user_id(), login.user_id());
  EXPECT_EQ(Describe(client().Login(old_email, kPassword).status),
            "UNAUTHENTICATED CREDENTIALS_INVALID");
  update.mutable_user()->set_email(kAdminEmail);
  EXPECT_EQ(Describe(Do(&UserStub::UpdateUser, update, admin_).status), "ALREADY_EXISTS CONFLICT");
}

TEST_F(UsersTest, ListsArePagedAndTheirTokensAreBoundToTheFilter) {
  for (const char* name : {"c", "a", "b"}) {
    ASSERT_TRUE(client().Register(absl::StrCat("listed-", name, "@x.example"), kPassword).ok());
  }
  v1::ListUsersRequest request;
  request.set_page_size(2);
  const auto newest = Do(&UserStub::ListUsers, request, admin_);
  ASSERT_EQ(Describe(newest.status), "OK");
  EXPECT_EQ(newest.message.users(0).email(), "listed-b@x.example");
  EXPECT_EQ(newest.message.users(1).email(), "listed-a@x.example");
  request.set_page_token(newest.message.next_page_token());
  EXPECT_EQ(Do(&UserStub::ListUsers, request, admin_).message.users(0).email(),
            "listed-c@x.example");

  request.set_email_prefix("Listed-");
  EXPECT_EQ(Describe(Do(&UserStub::ListUsers, request, admin_).status),
            "INVALID_ARGUMENT FIELD_INVALID page_token");
  request.clear_page_token();
  std::vector<std::string> found;
  do {
    const auto page = Do(&UserStub::ListUsers, request, admin_);
    ASSERT_EQ(Describe(page.status), "OK");
    for (const v1::User& user : page.message.users()) found.push_back(user.email());
    request.set_page_token(page.message.next_page_token());
  } while (!request.page_token().empty());
  EXPECT_THAT(found, ElementsAre("listed-a@x.example", "listed-b@x.example", "listed-c@x.example"));
}

// hashes of other systems log in, and are replaced by the login.
TEST_F(UsersTest, ImportedPeopleLogInWithTheirOldPasswords) {
  struct Sample {
    const char* password;
    const char* hash;
  };
  const std::vector<Sample> samples = {
      {"U*U", "$2a$05$CCCCCCCCCCCCCCCCCCCCC.E5YPO9kmyuRGyh0XouQYb4YMJKvyOeW"},
      {"correct horse",
       "$pbkdf2-sha256$29000$8PHy8/T19vf4.fr7/P3./w$"
       "y5nE41FP/R2/UmxDUlEQsFP4Nx.Xu.w8mgq1Jg6CG.g"},
      {"correct horse",
       "pbkdf2_sha256$36000$seasalt12345$"
       "53029GujqF8yZZIdO0ByaXubRZsSqkTWbJmJMelkn1w="},
      {"pleaseletmein",
       "$scrypt$ln=14,r=8,p=1$U29kaXVtQ2hsb3JpZGU$"
       "cCO9yzr9c0hGHAbNgf046/2o+7qQT44+qbVD9lRdofI"},
      {"password",
       "$argon2i$v=19$m=1024,t=2,p=1$c29tZXNhbHQ$"
       "/AomWzXGuO56QhmXE3p9/0R81VDwTUaD1xQMkGw+IbQ"}};
  v1::ImportUsersRequest request;
  request.set_request_id("contract-1");
  for (size_t i = 0; i < samples.size(); ++i) {
    auto* user = request.add_users();
    user->set_email(absl::StrCat("imported", i, "@x.example"));
    user->set_password_hash(samples[i].hash);
  }
  request.add_users()->set_email("no address");
  auto* refused = request.add_users();
  refused->set_email("md5@x.example");
  refused->set_password_hash("5f4dcc3b5aa765d61d8327deb882cf99");
  const auto answer = Do(&UserStub::ImportUsers, request, admin_);
  ASSERT_EQ(Describe(answer.status), "OK");
  ASSERT_EQ(answer.message.results_size(), request.users_size());
  for (size_t i = 0; i < samples.size(); ++i) {
    const auto& result = answer.message.results(static_cast<int>(i));
    EXPECT_EQ(result.outcome(), v1::ImportResult::OUTCOME_CREATED) << result.description();
    const std::string email = absl::StrCat("imported", i, "@x.example");
    EXPECT_EQ(Describe(client().Login(email, "not it").status),
              "UNAUTHENTICATED CREDENTIALS_INVALID");
    EXPECT_EQ(LoginOf(email, samples[i].password).user_id(), result.user_id());
    EXPECT_EQ(
        tests::Sql(database(), absl::StrCat("SELECT left(hash, 10) FROM signet.password_credentials"
                                            " WHERE user_id = '",
                                            result.user_id(), "'")),
        "$argon2id$\n");
    EXPECT_EQ(LoginOf(email, samples[i].password).user_id(), result.user_id());
  }
  EXPECT_EQ(answer.message.results(5).outcome(), v1::ImportResult::OUTCOME_REFUSED);
  EXPECT_EQ(answer.message.results(5).field(), "email");
  EXPECT_EQ(answer.message.results(6).field(), "password_hash");
  const auto again = Do(&UserStub::ImportUsers, request, admin_);
  EXPECT_EQ(again.message.SerializeAsString(), answer.message.SerializeAsString());
}

//
TEST_F(UsersTest, APersonGetsEverythingThatIsKeptAndNoSecret) {
  const std::string email = NewPerson();
  const auto login = LoginOf(email);
  ASSERT_TRUE(client().Refresh(login.tokens().refresh_token()).ok());
  const auto enrolled =
      ServiceClient::Call(client().auth(), &v1::AuthService::Stub::EnrollTotp,
                          v1::EnrollTotpRequest(), {.bearer = login.tokens().access_token()});
  ASSERT_EQ(Describe(enrolled.status), "OK");
  v1::UpdateUserRequest renamed;
  renamed.mutable_user()->set_user_id(login.user_id());
  renamed.mutable_user()->set_display_name("Ada");
  renamed.mutable_update_mask()->add_paths("display_name");
  ASSERT_EQ(Describe(Do(&UserStub::UpdateUser, renamed, admin_).status), "OK");
  v1::ExportUserDataRequest request;
  request.set_page_size(1);
  std::string all;
  int pages = 0;
  do {
    const auto page = Do(&UserStub::ExportUserData, request, login.tokens().access_token());
    ASSERT_EQ(Describe(page.status), "OK");
    for (const std::string& record : page.message.records()) absl::StrAppend(&all, record, "\n");
    request.set_page_token(page.message.next_page_token());
    ++pages;
  } while (!request.page_token().empty());
  EXPECT_GE(pages, 4);  // the account, a session, its lineage, two refreshes …
  EXPECT_THAT(all, testing::HasSubstr(email));
  EXPECT_THAT(all, testing::HasSubstr(login.session_id()));
  EXPECT_THAT(all, testing::HasSubstr("\"lineage_history\""));
  EXPECT_THAT(all, testing::HasSubstr("\"second_factors\""));
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("totp_sealed")));
  EXPECT_THAT(all, testing::Not(testing::HasSubstr(enrolled.message.secret())));
  // What the audit log holds sealed of the person, but not what it holds of who acted on him.
  EXPECT_THAT(all, testing::ContainsRegex("\"action\": \"LOGIN\".*\"address\": \"127.0.0.1\""));
  EXPECT_THAT(all, testing::ContainsRegex("\"action\": \"UPDATE_USER\""));
  EXPECT_THAT(all,
              testing::Not(testing::ContainsRegex("\"action\": \"UPDATE_USER\"[^\n]*\"address\"")));
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("argon2")));
  EXPECT_THAT(all, testing::Not(testing::HasSubstr("_hash")));
  // A page of one person's export is none of another's.
  request.set_page_size(1);
  const auto first = Do(&UserStub::ExportUserData, request, login.tokens().access_token());
  request.set_page_token(first.message.next_page_token());
  EXPECT_EQ(
      Describe(Do(&UserStub::ExportUserData, request, NewSession().tokens().access_token()).status),
      "INVALID_ARGUMENT FIELD_INVALID page_token");
}

//
TEST_F(UsersTest, AnErasedPersonLeavesNoTraceInTheDatabase) {
  const std::string email = "canary-8812@erased.example";
  ASSERT_TRUE(client().Register(email, kPassword).ok());
  const auto login = LoginOf(email);
  v1::UpdateUserRequest update;
  update.mutable_user()->set_display_name("Canary-8812");
  update.mutable_update_mask()->add_paths("display_name");
  ASSERT_EQ(Describe(Do(&UserStub::UpdateUser, update, login.tokens().access_token()).status),
            "OK");
  ASSERT_THAT(tests::Dump(database()), testing::HasSubstr("anary-8812"));
  ASSERT_EQ(Describe(OnUser(&UserStub::EraseUser, login.user_id(), admin_).status), "OK");
  EXPECT_THAT(tests::Dump(database()), testing::Not(testing::HasSubstr("anary-8812")));
  EXPECT_NE(client().AwaitRefusal(login.tokens().access_token()), v1::INACTIVE_REASON_UNSPECIFIED);
  EXPECT_EQ(Describe(client().Refresh(login.tokens().refresh_token()).status),
            "UNAUTHENTICATED SESSION_ENDED");
  const auto seen = OnUser(&UserStub::GetUser, login.user_id(), admin_).message.user();
  EXPECT_EQ(seen.status(), v1::USER_STATUS_ERASED);
  EXPECT_EQ(seen.email(), "");
  EXPECT_EQ(seen.display_name(), "");
  EXPECT_EQ(Describe(OnUser(&UserStub::EraseUser, login.user_id(), admin_).status), "OK");
}

}  // namespace
}  // namespace signet::contract
