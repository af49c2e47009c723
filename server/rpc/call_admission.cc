#include <utility>

#include "absl/strings/match.h"
#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/domain/abuse/caller_rates.h"
#include "server/domain/call_deadline.h"
#include "server/domain/sessions/session_token.h"
#include "server/rpc/basic_credentials.h"
#include "server/rpc/call_runner.h"

// Who may make a call: the runner's part that reads credentials and holds the rates.
namespace signet::rpc {
namespace {

// Whether Run() comes by on a worker: who is judged there must not get past it elsewhere.
bool IsWorkers(Lane lane) { return lane != Lane::kInline && lane != Lane::kBatch; }

// The session token that `authorization` carries as Bearer; empty where it is something else.
absl::string_view SessionTokenIn(absl::string_view authorization) {
  constexpr absl::string_view kScheme = "Bearer ";
  if (!absl::StartsWithIgnoreCase(authorization, kScheme)) return {};
  authorization.remove_prefix(kScheme.size());
  return domain::SessionToken::Is(authorization) ? authorization : absl::string_view();
}

}  // namespace

absl::Status CallRunner::Admit(PendingCall& call) const {
  SIGNET_RETURN_IF_ERROR(CheckSize(call.request()));
  const CallerRule& rule = call.endpoint().row->caller;
  const bool admits_services = call.endpoint().row->services == ServiceAccounts::kAdmitted;
  if (rule.kind == CallerRule::Kind::kAnyone && !admits_services) return absl::OkStatus();
  const absl::string_view authorization = call.Field("authorization");
  if (admits_services && IsBasic(authorization)) {
    call.notes.call.basic = base::Secret(authorization);  // judged by a worker: it takes a query
    return absl::OkStatus();
  }
  if (rule.kind == CallerRule::Kind::kAnyone) return absl::OkStatus();
  const absl::string_view session_token = SessionTokenIn(authorization);
  if (!session_token.empty() && IsWorkers(call.endpoint().row->lane)) {
    call.notes.call.session_token = base::Secret(session_token);  // judged by a worker, too
    return absl::OkStatus();
  }
  const absl::Time now = call.notes.call.info.now;
  if (admits_services) {
    auto service = authenticator_.AuthenticateService(authorization, now);
    if (service.ok()) return AdmitService(call, *std::move(service));
  }
  SIGNET_ASSIGN_OR_RETURN(domain::Caller caller, authenticator_.Authenticate(authorization, now));
  return AdmitCaller(call, std::move(caller));
}

absl::Status CallRunner::AdmitCaller(PendingCall& call, domain::Caller caller) const {
  const CallerRule& rule = call.endpoint().row->caller;
  const bool permitted = rule.kind == CallerRule::Kind::kUser || caller.Has(rule.permission);
  call.notes.call.caller.emplace(std::move(caller));
  if (!permitted) return base::PermissionMissing(rule.permission);
  return CheckStepUp(call);
}

absl::Status CallRunner::AdmitService(PendingCall& call, domain::ServiceCaller service) const {
  const CallerRule& rule = call.endpoint().row->caller;
  const bool permitted = rule.kind == CallerRule::Kind::kUser || service.Has(rule.permission);
  call.notes.call.service.emplace(std::move(service));
  return permitted ? absl::OkStatus() : base::PermissionMissing(rule.permission);
}

// The rest of Admit() for who came with an API key.
absl::Status CallRunner::AdmitBasic(PendingCall& call) const {
  const Call& arrived = call.notes.call;
  if (arrived.basic.empty()) return absl::OkStatus();
  if (call.endpoint().row->caller.kind == CallerRule::Kind::kAnyone) return absl::OkStatus();
  SIGNET_RETURN_IF_ERROR(Limit(call, domain::LimitedAction::kApiKey));
  SIGNET_ASSIGN_OR_RETURN(domain::ServiceCaller service,
                          authenticator_.AuthenticateBasic(arrived.basic.reveal(), arrived.info));
  return AdmitService(call, std::move(service));
}

// The rest of Admit() for who came with a session token. Where a fresh authentication is asked for
// the session is read anew: it may just have stepped up on another server.
absl::Status CallRunner::AdmitSession(PendingCall& call) const {
  const Call& arrived = call.notes.call;
  if (arrived.session_token.empty()) return absl::OkStatus();
  const MethodRow& row = *call.endpoint().row;
  const auto reading = row.step_up == StepUp::kRecent ? Authenticator::Reading::kAnew
                                                      : Authenticator::Reading::kAtHand;
  SIGNET_ASSIGN_OR_RETURN(domain::Caller caller,
                          authenticator_.AuthenticateSession(arrived.session_token.reveal(),
                                                             reading, arrived.info.now));
  if (const absl::Status admitted = AdmitCaller(call, std::move(caller)); !admitted.ok()) {
    if (audit_ == nullptr || !row.audited) return admitted;
    const absl::Status written = WriteDenial(call, admitted);
    return written.ok() ? admitted : written;
  }
  return LimitSession(call, row.limited);
}

// Age alone is enough: no session of an account with a second factor is without it (ADR 0014).
absl::Status CallRunner::CheckStepUp(const PendingCall& call) const {
  if (call.endpoint().row->step_up == StepUp::kNone) return absl::OkStatus();
  const domain::Caller& caller = *call.notes.call.caller;
  const absl::Duration age = call.notes.call.info.now - caller.authenticated_at();
  if (age <= options_.step_up_age) return absl::OkStatus();
  return base::StepUpRequired(caller.acr(), options_.step_up_age);
}

// A stranger's bad token is his own affair; a person who tries what he may not is the log's.
void CallRunner::Deny(PendingCall& call, const absl::Status& why) {
  const MethodRow& row = *call.endpoint().row;
  if (audit_ == nullptr || !row.audited || !call.notes.call.caller || !IsWorkers(row.lane)) {
    return End(call, {}, why);
  }
  Submit(call, [this, &call, why] {
    const domain::ScopedCallDeadline deadline(call.notes.call.info.deadline);
    const absl::Status written = WriteDenial(call, why);
    End(call, {}, written.ok() ? why : written);
  });
}

absl::Status CallRunner::WriteDenial(const PendingCall& call, const absl::Status& why) const {
  const Call& denied = call.notes.call;
  domain::AuditEvent event =
      AuditEventOf(domain::AuditAction::kAccessDenied, *denied.caller, denied.info);
  event.target = std::string(call.endpoint().row->full_name);
  return audit_->Refuse(std::move(event), base::ErrorReason(why));
}

absl::Status CallRunner::Limit(const PendingCall& call, domain::LimitedAction action) const {
  if (options_.rates == nullptr || action == domain::LimitedAction::kNone) return absl::OkStatus();
  const domain::CallInfo& info = call.notes.call.info;
  SIGNET_RETURN_IF_ERROR(
      domain::TakeOfCaller(*options_.rates, action, info.peer.address, info.now));
  return LimitSession(call, action);
}

absl::Status CallRunner::LimitSession(const PendingCall& call, domain::LimitedAction action) const {
  if (options_.rates == nullptr || action == domain::LimitedAction::kNone) return absl::OkStatus();
  if (!call.notes.call.caller) return absl::OkStatus();
  // By session, not by user: a stolen access token is not to guess the password with, nor to keep
  // its owner from the same call elsewhere.
  return options_.rates->Take(action, domain::LimitScope::kAccount,
                              call.notes.call.caller->session_id().ToString(),
                              call.notes.call.info.now);
}

}  // namespace signet::rpc
