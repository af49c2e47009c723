// the audit log, as the outside sees it.

#include <functional>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "client/audit/checkpoint.h"
#include "tests/contract/service_test.h"
#include "tests/harness/eventually.h"
#include "tests/harness/http_get.h"

namespace signet::contract {
namespace {

using ::testing::HasSubstr;
using AuditStub = v1::AuditService::Stub;

class AuditTest : public ServiceTest {
 protected:
  static void SetUpTestSuite() { StartService({{"audit.seal_interval", "100ms"}}); }

  static std::string Number(const std::string& sql) {
    return std::string(absl::StripAsciiWhitespace(tests::Sql(database(), sql)));
  }
  static int64_t Events() {
    return std::stoll(Number("SELECT count(*) FROM signet.audit_events WHERE action <> 605"));
  }

  // `call` writes exactly one event: its action and outcome.
  static void ExpectOne(const std::string& what, int action, int outcome,
                        const std::function<void()>& call) {
    const int64_t before = Events();
    call();
    EXPECT_EQ(Events() - before, 1) << what;
    EXPECT_EQ(Number("SELECT action || ' ' || outcome FROM signet.audit_events"
                     " WHERE action <> 605 ORDER BY tx DESC, id DESC LIMIT 1"),
              absl::StrCat(action, " ", outcome))
        << what;
  }

  template <typename Request, typename Response>
  Answer<Response> Ask(grpc::Status (AuditStub::*method)(grpc::ClientContext*, const Request&,
                                                         Response*),
                       const Request& request, const std::string& bearer) {
    return ServiceClient::Call(client().audit(), method, request, {.bearer = bearer});
  }

  // Until everything is sealed.
  static void AwaitSealed() {
    const std::string waiting =
        "SELECT count(*) FROM signet.audit_events AS e WHERE NOT EXISTS"
        " (SELECT FROM signet.audit_leaves AS l WHERE l.event_id = e.id)";
    EXPECT_TRUE(tests::Eventually(absl::Seconds(20), [&] { return Number(waiting) == "0"; }));
  }
};

// Every method of the contract that changes something or lets somebody in, done and refused.
TEST_F(AuditTest, EveryAuditedCallWritesExactlyOneEvent) {
  std::string admin = AdminToken();
  const std::string email = "walk@people.example";
  const auto bearer = [](const std::string& token) { return Credential{.bearer = token}; };
  ExpectOne("Register", 1, 1, [&] { client().Register(email, kPassword); });
  ExpectOne("Register, taken", 1, 2, [&] { client().Register(email, kPassword); });
  v1::LoginResponse login;
  ExpectOne("Login", 2, 1, [&] { login = LoginOf(email); });
  ExpectOne("Login, wrong", 2, 2, [&] { client().Login(email, kOtherPassword); });
  ExpectOne("Login, nobody", 2, 2, [&] { client().Login("no@people.example", kPassword); });

  const std::string other = LoginOf(email).session_id();
  ExpectOne("TerminateSession", 23, 1, [&] {
    v1::TerminateSessionRequest request;
    request.set_session_id(other);
    ServiceClient::Call(client().sessions(), &v1::SessionService::Stub::TerminateSession, request,
                        bearer(login.tokens().access_token()));
  });
  ExpectOne("TerminateSession, ended", 23, 2, [&] {
    v1::TerminateSessionRequest request;
    request.set_session_id(other);
    ServiceClient::Call(client().sessions(), &v1::SessionService::Stub::TerminateSession, request,
                        bearer(login.tokens().access_token()));
  });
  v1::ChangePasswordRequest change;
  change.set_current_password(kOtherPassword);
  change.set_new_password("another+Meadow*2291 fern");
  const auto change_password = [&] {
    ServiceClient::Call(client().auth(), &v1::AuthService::Stub::ChangePassword, change,
                        bearer(login.tokens().access_token()));
  };
  ExpectOne("ChangePassword, wrong", 3, 2, change_password);
  change.set_current_password(kPassword);
  ExpectOne("ChangePassword", 3, 1, change_password);
  ExpectOne("Revoke", 24, 1, [&] { client().Revoke(login.tokens().access_token()); });
  ExpectOne("Revoke of a session", 24, 1, [&] { client().Revoke(login.tokens().refresh_token()); });
  const auto logged_in = [&] {
    return LoginOf(email, "another+Meadow*2291 fern").tokens().access_token();
  };
  std::string token = logged_in();
  ExpectOne("Logout", 20, 1, [&] {
    ServiceClient::Call(client().auth(), &v1::AuthService::Stub::Logout, v1::LogoutRequest(),
                        bearer(token));
  });
  token = logged_in();
  ExpectOne("LogoutAll", 21, 1, [&] {
    ServiceClient::Call(client().auth(), &v1::AuthService::Stub::LogoutAll, v1::LogoutAllRequest(),
                        bearer(token));
  });
  v1::ExplainTokenRequest explain;
  explain.set_token("x");
  ExpectOne("ExplainToken", 25, 1, [&] {
    ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::ExplainToken, explain,
                        bearer(admin));
  });
  token = logged_in();
  ExpectOne("ExplainToken, denied", 26, 2, [&] {
    EXPECT_EQ(Describe(ServiceClient::Call(client().tokens(), &v1::TokenService::Stub::ExplainToken,
                                           explain, bearer(token))
                           .status),
              "PERMISSION_DENIED PERMISSION_MISSING tokens.explain");
  });

  v1::SigningKey key;
  ExpectOne("PrepareKey", 601, 1, [&] {
    key = ServiceClient::Call(client().keys(), &v1::KeyService::Stub::PrepareKey,
                              v1::PrepareKeyRequest(), bearer(admin))
              .message.key();
  });
  v1::ActivateKeyRequest activate;
  activate.set_kid(key.kid());
  const auto activate_key = [&] {
    ServiceClient::Call(client().keys(), &v1::KeyService::Stub::ActivateKey, activate,
                        bearer(admin));
  };
  ExpectOne("ActivateKey, fresh", 602, 2, activate_key);
  activate.set_force(true);
  ExpectOne("ActivateKey", 602, 1, activate_key);
  // Signed by the new key: the old one goes.
  admin = LoginOf(kAdminEmail).tokens().access_token();
  ExpectOne("ListKeys", 600, 1, [&] {
    const auto keys = ServiceClient::Call(client().keys(), &v1::KeyService::Stub::ListKeys,
                                          v1::ListKeysRequest(), bearer(admin));
    for (const auto& one : keys.message.keys()) {
      if (one.state() == v1::KEY_STATE_RETIRING) key = one;
    }
  });
  v1::RetireKeyRequest retire;
  retire.set_kid(key.kid());
  retire.set_force(true);
  ExpectOne("RetireKey", 604, 1, [&] {
    ServiceClient::Call(client().keys(), &v1::KeyService::Stub::RetireKey, retire, bearer(admin));
  });
  v1::TaintKeyRequest taint;
  taint.set_kid(key.kid());
  ExpectOne("TaintKey", 603, 1, [&] {
    ServiceClient::Call(client().keys(), &v1::KeyService::Stub::TaintKey, taint, bearer(admin));
  });
  ExpectOne("QueryEvents", 700, 1,
            [&] { Ask(&AuditStub::QueryEvents, v1::QueryEventsRequest(), admin); });
  ExpectOne("ExportEvents", 700, 1,
            [&] { Ask(&AuditStub::ExportEvents, v1::ExportEventsRequest(), admin); });
}

// The same for people and their data.
TEST_F(AuditTest, EveryCallAboutPeopleWritesExactlyOneEvent) {
  const std::string admin = AdminToken();
  const auto person = NewSession();
  using Users = v1::UserService::Stub;
  const auto on = [&](auto method, auto request, const std::string& bearer) {
    return [&, method, request, bearer]() mutable {
      request.set_user_id(person.user_id());
      ServiceClient::Call(client().users(), method, request, {.bearer = bearer});
    };
  };
  const std::string mine = person.tokens().access_token();
  const std::string other = NewSession().tokens().access_token();
  v1::UpdateUserRequest update;
  update.mutable_user()->set_display_name("Ada");
  update.mutable_update_mask()->add_paths("display_name");
  ExpectOne("UpdateUser", 501, 1, [&] {
    ServiceClient::Call(client().users(), &Users::UpdateUser, update, {.bearer = mine});
  });
  ExpectOne("ExportUserData", 506, 1,
            on(&Users::ExportUserData, v1::ExportUserDataRequest(), mine));
  ExpectOne("ExportUserData, another's", 506, 2,
            on(&Users::ExportUserData, v1::ExportUserDataRequest(), other));
  ExpectOne("DeleteUser, another's", 504, 2,
            on(&Users::DeleteUser, v1::DeleteUserRequest(), other));
  ExpectOne("EraseUser, denied", 26, 2, on(&Users::EraseUser, v1::EraseUserRequest(), other));
  ExpectOne("DisableUser", 502, 1, on(&Users::DisableUser, v1::DisableUserRequest(), admin));
  ExpectOne("EnableUser", 503, 1, on(&Users::EnableUser, v1::EnableUserRequest(), admin));
  ExpectOne("DeleteUser", 504, 1, on(&Users::DeleteUser, v1::DeleteUserRequest(), admin));
  ExpectOne("EnableUser, deleted", 503, 2, on(&Users::EnableUser, v1::EnableUserRequest(), admin));
  ExpectOne("EraseUser", 500, 1, on(&Users::EraseUser, v1::EraseUserRequest(), admin));
  v1::ImportUsersRequest import;
  import.add_users()->set_email("brought@people.example");
  ExpectOne("ImportUsers", 505, 1, [&] {
    ServiceClient::Call(client().users(), &Users::ImportUsers, import, {.bearer = admin});
  });
}

TEST_F(AuditTest, AnAuditorFindsWhoDidWhatFromWhere) {
  const auto login = NewSession();
  client().Login("stranger@people.example", kPassword);
  const std::string admin = AdminToken();
  v1::QueryEventsRequest request;
  request.set_subject_id(login.user_id());
  auto answer = Ask(&AuditStub::QueryEvents, request, admin);
  ASSERT_EQ(Describe(answer.status), "OK");
  ASSERT_EQ(answer.message.events_size(), 2);
  const v1::AuditEvent& entered = answer.message.events(0);
  EXPECT_EQ(entered.action(), "LOGIN");
  EXPECT_EQ(entered.outcome(), v1::AUDIT_OUTCOME_SUCCEEDED);
  EXPECT_EQ(entered.actor_id(), login.user_id());
  EXPECT_EQ(entered.session_id(), login.session_id());
  EXPECT_EQ(entered.address(), "127.0.0.1");
  EXPECT_FALSE(entered.request_id().empty());
  EXPECT_EQ(answer.message.events(1).action(), "REGISTER");

  request.Clear();
  request.set_action("LOGIN");
  request.set_outcome(v1::AUDIT_OUTCOME_REFUSED);
  answer = Ask(&AuditStub::QueryEvents, request, admin);
  ASSERT_GE(answer.message.events_size(), 1);
  EXPECT_EQ(answer.message.events(0).reason(), "UNKNOWN_ACCOUNT");
  EXPECT_EQ(answer.message.events(0).identifier(), "stranger@people.example");
}

TEST_F(AuditTest, PagesGoOnWhereTheLastOneEndedAndForTheirFilterAlone) {
  NewSession();
  NewSession();
  const std::string admin = AdminToken();
  v1::QueryEventsRequest request;
  request.set_action("LOGIN");
  request.set_page_size(1);
  const auto first = Ask(&AuditStub::QueryEvents, request, admin);
  ASSERT_EQ(first.message.events_size(), 1);
  request.set_page_token(first.message.next_page_token());
  const auto second = Ask(&AuditStub::QueryEvents, request, admin);
  ASSERT_EQ(second.message.events_size(), 1);
  EXPECT_LT(second.message.events(0).event_id(), first.message.events(0).event_id());
  request.set_action("REGISTER");
  EXPECT_EQ(Describe(Ask(&AuditStub::QueryEvents, request, admin).status),
            "INVALID_ARGUMENT FIELD_INVALID page_token");
}

// With nothing but what the port shows, and no trust in it: the key and the checkpoint of the HTTP
// port, an event's bytes, and the proof between them.
TEST_F(AuditTest, AnybodyCanCheckAProof) {
  NewSession();
  AwaitSealed();
  const std::string admin = AdminToken();
  const auto key = audit::CheckpointVerifier::FromText(
      absl::StrReplaceAll(tests::HttpGet(server().http_port(), "/audit/key").body, {{"\n", ""}}));
  ASSERT_TRUE(key.ok()) << key.status();
  EXPECT_TRUE(key->Read(tests::HttpGet(server().http_port(), "/audit/checkpoint").body).ok());

  const auto exported = Ask(&AuditStub::ExportEvents, v1::ExportEventsRequest(), admin);
  ASSERT_GE(exported.message.entries_size(), 2);
  const auto& entry = exported.message.entries(1);
  EXPECT_EQ(audit::LeafHash(entry.content()), entry.leaf_hash());
  EXPECT_EQ(entry.event().address(), "");
  v1::GetInclusionProofRequest request;
  request.set_event_id(entry.event().event_id());
  const auto proof = Ask(&AuditStub::GetInclusionProof, request, admin);
  ASSERT_EQ(Describe(proof.status), "OK");
  const auto checkpoint = key->Read(proof.message.note());
  ASSERT_TRUE(checkpoint.ok()) << checkpoint.status();
  EXPECT_TRUE(audit::VerifyInclusion(
      audit::LeafHash(entry.content()), proof.message.leaf_index(), checkpoint->size,
      {proof.message.hashes().begin(), proof.message.hashes().end()}, checkpoint->root));
}

// the events of an erased person stay and verify; what could be read of him in them is gone.
TEST_F(AuditTest, TheLogVerifiesAfterAnErasureAndTellsNothingOfThePerson) {
  const std::string admin = AdminToken();
  const auto login = NewSession();
  client().Refresh(login.tokens().refresh_token());
  const auto read = [&](const std::string& what) {
    return Number(
        absl::StrCat("SELECT count(*) FROM signet.audit_", what, " = '", login.user_id(), "'"));
  };
  const auto as_seen = [&] {
    v1::QueryEventsRequest request;
    request.set_subject_id(login.user_id());
    return Ask(&AuditStub::QueryEvents, request, admin).message;
  };
  EXPECT_NE(read("personal WHERE person"), "0");
  const v1::QueryEventsResponse before = as_seen();
  ASSERT_GE(before.events_size(), 2);
  EXPECT_EQ(before.events(0).action(), "REFRESH");  // the lineage's history has its address
  EXPECT_EQ(before.events(1).address(), "127.0.0.1");
  const std::string events = read("events WHERE subject");

  v1::EraseUserRequest erase;
  erase.set_user_id(login.user_id());
  ASSERT_EQ(Describe(ServiceClient::Call(client().users(), &v1::UserService::Stub::EraseUser, erase,
                                         {.bearer = admin})
                         .status),
            "OK");
  EXPECT_EQ(read("personal WHERE person"), "0");
  EXPECT_EQ(read("events WHERE subject"), absl::StrCat(std::stoi(events) + 1));
  const v1::QueryEventsResponse seen = as_seen();
  for (const v1::AuditEvent& event : seen.events()) {
    if (event.action() == "ERASE_USER") continue;  // the administrator's
    EXPECT_EQ(event.address(), "") << event.action();
  }
  AwaitSealed();
  const std::vector<std::string> command = {
      "audit",
      "verify",
      "--database",
      database().owner_conninfo(),
      "--key",
      absl::StrReplaceAll(tests::HttpGet(server().http_port(), "/audit/key").body, {{"\n", ""}})};
  const auto clean = server().RunCommand(command);
  EXPECT_EQ(clean.exit_code, 0) << clean.out << clean.err;
  EXPECT_THAT(clean.out, HasSubstr("nothing is wrong"));
  // Of whoever was not erased, the same is found; an erasure that was refused erased nothing.
  const std::string victim = LoginOf(kAdminEmail).user_id();
  erase.set_user_id(victim);
  ASSERT_EQ(Describe(ServiceClient::Call(client().users(), &v1::UserService::Stub::EraseUser, erase,
                                         {.bearer = admin})
                         .status),
            "FAILED_PRECONDITION LAST_ADMINISTRATOR");
  AwaitSealed();
  Number(absl::StrCat("DELETE FROM signet.audit_personal WHERE person = '", victim, "'"));
  EXPECT_THAT(server().RunCommand(command).out, HasSubstr("PERSONAL_DATA_MISSING"));
}

// `signetd audit verify`, as an auditor runs it.
TEST_F(AuditTest, TheCommandFindsWhatSomebodyChanged) {
  NewSession();
  AwaitSealed();
  const std::string key =
      absl::StrReplaceAll(tests::HttpGet(server().http_port(), "/audit/key").body, {{"\n", ""}});
  const std::vector<std::string> command = {
      "audit", "verify", "--database", database().owner_conninfo(), "--key", key};
  Number(
      "SET session_replication_role = replica;"
      "UPDATE signet.audit_events SET outcome = 3 - outcome WHERE id ="
      " (SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 1)");
  const auto found = server().RunCommand(command);
  EXPECT_EQ(found.exit_code, 1) << found.err;
  EXPECT_THAT(found.out, HasSubstr("COLUMN_CHANGED leaf 1 "));
  Number(
      "SET session_replication_role = replica;"
      "UPDATE signet.audit_events SET at = at - interval '1 day' WHERE id ="
      " (SELECT event_id FROM signet.audit_leaves WHERE leaf_index = 0)");
  const auto moved = server().RunCommand(command);
  EXPECT_THAT(moved.out, HasSubstr("COLUMN_CHANGED leaf 0 "));
  EXPECT_THAT(moved.out, ::testing::Not(HasSubstr("EVENT_MISSING")));
}

}  // namespace
}  // namespace signet::contract
