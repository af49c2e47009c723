#include "server/rpc/method_table.h"

#include <map>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "server/domain/permissions.h"

namespace signet::rpc {
namespace {

using Limited = domain::LimitedAction;

constexpr CallerRule kAnyone{CallerRule::Kind::kAnyone, {}};
constexpr CallerRule kUser{CallerRule::Kind::kUser, {}};
constexpr CallerRule Permission(absl::string_view permission) {
  return CallerRule{CallerRule::Kind::kPermission, permission};
}
constexpr CallerRule kAccessManage = Permission(domain::kPermissionAccessManage);
constexpr CallerRule kAccessRead = Permission(domain::kPermissionAccessRead);
constexpr CallerRule kKeysManage = Permission(domain::kPermissionKeysManage);
constexpr CallerRule kUsersManage = Permission(domain::kPermissionUsersManage);

constexpr CallerRule kAuditRead = Permission(domain::kPermissionAuditRead);

// The row, held to rates.
constexpr MethodRow Held(Limited action, MethodRow row) {
  row.limited = action;
  return row;
}

// The row, for service accounts, too.
constexpr MethodRow Serving(MethodRow row) {
  row.services = ServiceAccounts::kAdmitted;
  return row;
}

// A stream that anyone may open.
constexpr MethodRow Streaming(Stream stream, absl::string_view full_name) {
  MethodRow row{full_name, kAnyone, Lane::kInline};
  row.stream = stream;
  return row;
}

constexpr MethodRow kTable[] = {
    // full name                            caller    lane          in flight  audited  step-up
    Held(Limited::kRegister,
         {"signet.v1.AuthService/Register", kAnyone, Lane::kHashing, 1024, true}),
    Held(Limited::kLogin, {"signet.v1.AuthService/Login", kAnyone, Lane::kHashing, 4096, true,
                           StepUp::kNone, EvenTime::kRefusals}),
    {"signet.v1.AuthService/GetChallenge", kAnyone, Lane::kInline, 1024, false},
    {"signet.v1.AuthService/Logout", kUser, Lane::kDatabase, 1024, true},
    {"signet.v1.AuthService/LogoutAll", kUser, Lane::kDatabase, 256, true},
    Held(Limited::kLogin, {"signet.v1.AuthService/ChangePassword", kUser, Lane::kHashing, 256, true,
                           StepUp::kRecent, EvenTime::kRefusals}),
    Held(Limited::kReset,
         {"signet.v1.AuthService/VerifyEmail", kAnyone, Lane::kDatabase, 256, true}),
    Held(Limited::kReset, {"signet.v1.AuthService/ResendVerification", kAnyone, Lane::kDatabase,
                           256, true, StepUp::kNone, EvenTime::kAccepted}),
    Held(Limited::kReset, {"signet.v1.AuthService/RequestPasswordReset", kAnyone, Lane::kDatabase,
                           256, true, StepUp::kNone, EvenTime::kAccepted}),
    Held(Limited::kReset,
         {"signet.v1.AuthService/ConfirmPasswordReset", kAnyone, Lane::kHashing, 256, true}),
    Held(Limited::kLogin, {"signet.v1.AuthService/RequestEmailChange", kUser, Lane::kHashing, 256,
                           true, StepUp::kRecent, EvenTime::kRefusals}),
    Held(Limited::kReset,
         {"signet.v1.AuthService/ConfirmEmailChange", kAnyone, Lane::kDatabase, 256, true}),
    Held(Limited::kMfa,
         {"signet.v1.AuthService/CompleteMfa", kAnyone, Lane::kDatabase, 1024, true}),
    {"signet.v1.AuthService/EnrollTotp", kUser, Lane::kDatabase, 256, true, StepUp::kRecent},
    Held(Limited::kMfa,
         {"signet.v1.AuthService/ConfirmTotp", kUser, Lane::kDatabase, 256, true, StepUp::kRecent}),
    {"signet.v1.AuthService/DisableTotp", kUser, Lane::kDatabase, 256, true, StepUp::kRecent},
    {"signet.v1.AuthService/RegenerateRecoveryCodes", kUser, Lane::kDatabase, 256, true,
     StepUp::kRecent},
    {"signet.v1.AuthService/GetMfaStatus", kUser, Lane::kDatabase, 256, false},
    Held(Limited::kMfa, {"signet.v1.AuthService/StepUp", kUser, Lane::kHashing, 1024, true,
                         StepUp::kNone, EvenTime::kRefusals}),

    Held(Limited::kRefresh, {"signet.v1.TokenService/Refresh", kAnyone, Lane::kBatch, 8192, true}),
    {"signet.v1.TokenService/Validate", kAnyone, Lane::kInline, 16384, false},
    {"signet.v1.TokenService/ValidateBatch", kAnyone, Lane::kCompute, 64, false},
    Streaming(Stream::kBoth, "signet.v1.TokenService/ValidateStream"),
    Streaming(Stream::kAnswers, "signet.v1.TokenService/WatchRevocations"),
    Streaming(Stream::kBoth, "signet.v1.TokenService/WatchKeySet"),
    {"signet.v1.TokenService/Revoke", kAnyone, Lane::kDatabase, 1024, true},
    {"signet.v1.TokenService/RevokeAll", Permission(domain::kPermissionSessionsManage),
     Lane::kDatabase, 2, true, StepUp::kRecent},
    {"signet.v1.TokenService/ExplainToken", Permission(domain::kPermissionTokensExplain),
     Lane::kDatabase, 16, true},
    Held(Limited::kApiKey, Serving({"signet.v1.TokenService/IssueServiceToken", kAnyone,
                                    Lane::kDatabase, 1024, true})),
    {"signet.v1.TokenService/GetJwks", kAnyone, Lane::kInline, 1024, false},

    Held(Limited::kLogin, {"signet.v1.SessionService/CreateSession", kAnyone, Lane::kHashing, 4096,
                           true, StepUp::kNone, EvenTime::kRefusals}),
    {"signet.v1.SessionService/ValidateSession", kAnyone, Lane::kBatch, 8192, false},
    {"signet.v1.SessionService/ExtendSession", kAnyone, Lane::kBatch, 8192, false},
    {"signet.v1.SessionService/GetSession", kUser, Lane::kDatabase, 256, false},
    {"signet.v1.SessionService/GetSessionPolicy", Permission(domain::kPermissionSessionsManage),
     Lane::kDatabase, 16, false},
    {"signet.v1.SessionService/SetSessionPolicy", Permission(domain::kPermissionSessionsManage),
     Lane::kDatabase, 2, true, StepUp::kRecent},
    {"signet.v1.SessionService/ListSessions", kUser, Lane::kDatabase, 256, false},
    {"signet.v1.SessionService/TerminateSession", kUser, Lane::kDatabase, 256, true},
    {"signet.v1.SessionService/GetLineage", kUser, Lane::kDatabase, 256, false},

    {"signet.v1.KeyService/ListKeys", Permission(domain::kPermissionKeysRead), Lane::kDatabase, 16,
     true},
    {"signet.v1.KeyService/ListVerifiers", Permission(domain::kPermissionKeysRead), Lane::kDatabase,
     16, true},
    {"signet.v1.KeyService/PrepareKey", kKeysManage, Lane::kDatabase, 2, true, StepUp::kRecent},
    {"signet.v1.KeyService/ActivateKey", kKeysManage, Lane::kDatabase, 2, true, StepUp::kRecent},
    {"signet.v1.KeyService/TaintKey", kKeysManage, Lane::kDatabase, 2, true, StepUp::kRecent},
    {"signet.v1.KeyService/RetireKey", kKeysManage, Lane::kDatabase, 2, true, StepUp::kRecent},

    {"signet.v1.AuditService/QueryEvents", kAuditRead, Lane::kDatabase, 8, true},
    {"signet.v1.AuditService/ExportEvents", kAuditRead, Lane::kDatabase, 4, true},
    {"signet.v1.AuditService/GetCheckpoint", kAuditRead, Lane::kDatabase, 16, false},
    {"signet.v1.AuditService/GetInclusionProof", kAuditRead, Lane::kDatabase, 16, false},

    {"signet.v1.UserService/GetUser", kUser, Lane::kDatabase, 256, false},
    {"signet.v1.UserService/ListUsers", Permission(domain::kPermissionUsersRead), Lane::kDatabase,
     16, false},
    {"signet.v1.UserService/UpdateUser", kUser, Lane::kDatabase, 64, true, StepUp::kRecent},
    {"signet.v1.UserService/DisableUser", kUsersManage, Lane::kDatabase, 64, true, StepUp::kRecent},
    {"signet.v1.UserService/EnableUser", kUsersManage, Lane::kDatabase, 64, true, StepUp::kRecent},
    {"signet.v1.UserService/UnlockUser", kUsersManage, Lane::kDatabase, 64, true, StepUp::kRecent},
    {"signet.v1.UserService/DeleteUser", kUser, Lane::kDatabase, 64, true, StepUp::kRecent},
    {"signet.v1.UserService/ImportUsers", kUsersManage, Lane::kDatabase, 4, true, StepUp::kRecent},
    {"signet.v1.UserService/ExportUserData", kUser, Lane::kDatabase, 8, true, StepUp::kRecent},
    {"signet.v1.UserService/EraseUser", kUsersManage, Lane::kDatabase, 16, true, StepUp::kRecent},
    {"signet.v1.AccessService/CreateRole", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    Serving({"signet.v1.AccessService/GetRole", kAccessRead, Lane::kDatabase, 64, false}),
    Serving({"signet.v1.AccessService/ListRoles", kAccessRead, Lane::kDatabase, 64, false}),
    {"signet.v1.AccessService/UpdateRole", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/DeleteRole", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/GrantRole", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/RevokeGrant", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    Serving({"signet.v1.AccessService/ListGrants", kAccessRead, Lane::kDatabase, 64, false}),
    Serving({"signet.v1.AccessService/CheckPermission", kUser, Lane::kDatabase, 1024, false}),
    {"signet.v1.AccessService/CreateServiceAccount", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/GetServiceAccount", kAccessRead, Lane::kDatabase, 64, false},
    {"signet.v1.AccessService/ListServiceAccounts", kAccessRead, Lane::kDatabase, 64, false},
    {"signet.v1.AccessService/DisableServiceAccount", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/EnableServiceAccount", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/DeleteServiceAccount", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/CreateApiKey", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/ListApiKeys", kAccessRead, Lane::kDatabase, 64, false},
    {"signet.v1.AccessService/RotateApiKey", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},
    {"signet.v1.AccessService/RevokeApiKey", kAccessManage, Lane::kDatabase, 16, true,
     StepUp::kRecent},

    // Gateways, as they ask /authz: whoever reaches the port. The answer tells less than
    // Validate's.
    {"envoy.service.auth.v3.Authorization/Check", kAnyone, Lane::kInline, 16384, false},
};

Stream StreamOf(const google::protobuf::MethodDescriptor& method) {
  if (method.client_streaming()) return Stream::kBoth;
  return method.server_streaming() ? Stream::kAnswers : Stream::kNone;
}

observe::GrpcForm FormOf(Stream stream) {
  switch (stream) {
    case Stream::kNone:
      return observe::GrpcForm::kUnary;
    case Stream::kAnswers:
      return observe::GrpcForm::kServerStream;
    case Stream::kBoth:
      return observe::GrpcForm::kBidiStream;
  }
  return observe::GrpcForm::kUnary;
}

// What only one of `rows` says, and is wrong.
void FindFaults(const MethodRow& row, std::vector<std::string>& faults) {
  const auto fault = [&](absl::string_view what) {
    faults.push_back(absl::StrCat(row.full_name, what));
  };
  const bool anyone = row.caller.kind == CallerRule::Kind::kAnyone;
  if (row.caller.kind == CallerRule::Kind::kPermission && row.caller.permission.empty()) {
    fault(" names no permission");
  }
  if (row.services == ServiceAccounts::kAdmitted && row.lane != Lane::kDatabase) {
    fault(" admits API keys where no query can be made");
  }
  if (row.step_up != StepUp::kNone && anyone) {
    fault(" asks nobody for a recent authentication");
  }
  if (row.lane == Lane::kInline && row.limited != Limited::kNone) {
    fault(" is inline and cannot wait for a limit");
  }
  if (row.stream != Stream::kNone && (row.lane != Lane::kInline || !anyone)) {
    fault(" is a stream, which is inline and has no caller");
  }
}

}  // namespace

absl::string_view MethodRow::service() const { return full_name.substr(0, full_name.find('/')); }

absl::string_view MethodRow::method() const { return full_name.substr(full_name.find('/') + 1); }

absl::Span<const MethodRow> MethodTable() { return kTable; }

absl::Status CheckMethodTable(absl::Span<const MethodRow> rows,
                              const std::vector<std::string>& services) {
  std::vector<std::string> faults;
  std::map<std::string, const MethodRow*> unmatched;
  for (const MethodRow& row : rows) {
    if (!unmatched.emplace(row.full_name, &row).second) {
      faults.push_back(absl::StrCat(row.full_name, " has two rows"));
    }
    FindFaults(row, faults);
  }
  for (const std::string& name : services) {
    const auto* service =
        google::protobuf::DescriptorPool::generated_pool()->FindServiceByName(name);
    if (service == nullptr) {
      faults.push_back(absl::StrCat("there is no service ", name));
      continue;
    }
    for (int i = 0; i < service->method_count(); ++i) {
      const std::string method = absl::StrCat(name, "/", service->method(i)->name());
      const auto row = unmatched.find(method);
      if (row == unmatched.end()) {
        faults.push_back(absl::StrCat(method, " has no row"));
        continue;
      }
      if (row->second->stream != StreamOf(*service->method(i))) {
        faults.push_back(absl::StrCat(method, " streams otherwise than its row says"));
      }
      unmatched.erase(row);
    }
  }
  for (const auto& [name, row] : unmatched) faults.push_back(absl::StrCat(name, " is no method"));
  if (faults.empty()) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("method table: ", absl::StrJoin(faults, "; ")));
}

std::vector<observe::GrpcMetrics::Method> MetricMethods(absl::Span<const MethodRow> rows) {
  std::vector<observe::GrpcMetrics::Method> methods;
  for (const MethodRow& row : rows) {
    methods.push_back({std::string(row.service()), std::string(row.method()), FormOf(row.stream)});
  }
  return methods;
}

}  // namespace signet::rpc
