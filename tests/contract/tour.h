#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include <google/protobuf/message.h>
#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "server/rpc/method_table.h"
#include "signet/v1/access_service.pb.h"
#include "signet/v1/audit_service.pb.h"
#include "signet/v1/auth_service.pb.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/session_service.pb.h"
#include "signet/v1/token_service.pb.h"
#include "signet/v1/user_service.pb.h"
#include "tests/contract/canaries.h"
#include "tests/contract/service_client.h"
#include "tests/harness/authenticator.h"
#include "tests/harness/mail_folder.h"
#include "tests/harness/server_process.h"

namespace signet::contract {

// What a call leaves in the audit log (docs/audit.md); what is not set is empty in the event.
struct AuditMark {
  explicit AuditMark(std::string name) : action(std::move(name)) {}
  AuditMark& Refused(std::string why) {
    outcome = v1::AUDIT_OUTCOME_REFUSED;
    return Because(std::move(why));
  }
  AuditMark& Because(std::string why) {
    reason = std::move(why);
    return *this;
  }
  AuditMark& By(std::string user) {
    actor = std::move(user);
    return *this;
  }
  AuditMark& ByService(std::string account) {
    actor_kind = v1::AUDIT_ACTOR_KIND_SERVICE_ACCOUNT;
    return By(std::move(account));
  }
  AuditMark& On(std::string user) {
    subject = std::move(user);
    return *this;
  }
  AuditMark& In(std::string id) {
    session = std::move(id);
    return *this;
  }
  AuditMark& About(std::string what) {
    target = std::move(what);
    return *this;
  }
  AuditMark& Naming(std::string typed) {
    identifier = std::move(typed);
    return *this;
  }

  std::string action;
  v1::AuditOutcome outcome = v1::AUDIT_OUTCOME_SUCCEEDED;
  v1::AuditActorKind actor_kind = v1::AUDIT_ACTOR_KIND_USER;  // of `actor`
  std::string reason, actor, subject, session, target, identifier;
};

// A tour through every method of every service, done and refused, by a person, a stranger and the
// first administrator, with a secret of its own in every place that takes one. Two suites look at
// what it leaves behind: SecretsTest for the secrets, AuditTest for the events. A new method
// belongs into one of the parts, with what it leaves in the audit log; both suites fail until it is
// there.
//
// What a call must be answered is checked on the way, by EXPECT. Used by one thread, once.
class Tour {
 public:
  struct Step {
    std::string method;  // "signet.v1.AuthService/Login"
    std::string status;  // as Describe() tells it
    std::string request_id;
    std::string trace_id;
    std::vector<AuditMark> marks;
  };

  static constexpr char kPassword[] = "Zq8-canary!mulberry tram 61";
  static constexpr char kNextPassword[] = "Wv3-canary?gravel abbot 17";
  static constexpr char kResetPassword[] = "Hb5-canary&sextant loam 38";
  static constexpr char kWrongPassword[] = "Xk5-canary#never a password 94";
  static constexpr char kEmail[] = "canary.person.81274@people.example";
  static constexpr char kNextEmail[] = "canary.mover.30561@people.example";
  static constexpr char kUnknownEmail[] = "canary.stranger.55190@people.example";
  static constexpr char kImportedEmail[] = "canary.import.77402@people.example";
  static constexpr char kAdministrator[] = "canary.root.66031@admin.example";
  static constexpr char kMadeUpToken[] = "canaryMadeUpToken4417";

  // The server has the settings of `mails`.
  Tour(ServiceClient& client, const tests::ServerProcess& server,
       const tests::TestDatabase& database, const tests::MailFolder& mails)
      : client_(client), server_(server), database_(database), mails_(mails) {}

  void Run();

  const std::deque<Step>& steps() const { return steps_; }
  const Canaries& canaries() const { return canaries_; }
  // The texts of every refusal: they end up in the logs of callers.
  const std::string& errors() const { return errors_; }
  // What a person was handed of his own data.
  const std::string& exports() const { return exports_; }
  // The mails whose token was used: the token, and all of the mail's text.
  const std::vector<std::pair<std::string, std::string>>& mails_taken() const { return taken_; }
  // A fresh access token of the administrator, outside of the steps.
  std::string AdministratorsToken();

 private:
  // The parts, in this order; each begins with who was left by the one before.
  void RegisterAndVerify();
  void LogInAndOut();
  void ResetThePassword();
  void ChangeTheAddress();
  void SetUpAFactor(const v1::LoginResponse& login);
  void UseTheFactor();
  void RefreshAndValidate();
  void RevokeAndExplain();
  void LookAtSessions();
  void HoldBySessionTokens();
  void AdministerPeople();
  void HandOnRights();
  void UseApiKeys(const v1::LoginResponse& admin, const std::string& account);
  void RotateKeys();
  void ReadTheLog();

  // A call of "Login", by its name alone, with a request in protobuf's text format. Its answer has
  // to be `status`. Every secret in both becomes a canary.
  template <typename Response>
  Response Call(const std::string& method, const std::string& request,
                const std::string& bearer = "", const std::string& status = "OK") {
    Response response;
    CallInto(method, request, bearer, status, response);
    return response;
  }
  void CallInto(const std::string& method, const std::string& request, const std::string& bearer,
                const std::string& status, google::protobuf::Message& response);
  // What the last call leaves in the audit log; without a word, nothing.
  AuditMark& Leaves(const std::string& action) {
    return steps_.back().marks.emplace_back(AuditMark(action));
  }
  // The same of a call by `login`'s person about himself.
  AuditMark& LeavesBy(const std::string& action, const v1::LoginResponse& login) {
    return Leaves(action).By(login.user_id()).On(login.user_id()).In(login.session_id());
  }
  v1::LoginResponse LogIn(const std::string& email, const std::string& password);
  std::string TakeToken(const std::string& kind, const std::string& to);
  // The session's next access token, as if its login had been an hour ago.
  std::string AnHourLater(const v1::LoginResponse& login);

  ServiceClient& client_;
  const tests::ServerProcess& server_;
  const tests::TestDatabase& database_;
  const tests::MailFolder& mails_;
  std::deque<Step> steps_;  // what Leaves() returns stays where it is
  Canaries canaries_;
  std::string errors_;
  std::string exports_;
  std::vector<std::pair<std::string, std::string>> taken_;
  bool bootstrapped_ = false;

  std::string user_;      // the person's id
  std::string email_;     // and address
  std::string password_;  // the present one
  tests::Authenticator app_;
  std::vector<std::string> recovery_codes_;
};

// A request's `token`, in protobuf's text format.
inline std::string TokenField(const std::string& token) {
  return absl::StrCat("token: '", token, "'");
}

}  // namespace signet::contract
