#include "server/domain/access/service_accounts.h"

#include <utility>

#include "client/base/error.h"
#include "client/base/random.h"
#include "client/base/status_macros.h"
#include "server/domain/access/authority.h"

namespace signet::domain {
namespace {

// About a service account; the nil id where only its key is known.
AuditEvent EventOf(AuditAction action, const Caller& caller, ServiceAccountId account,
                   std::string target, const CallInfo& call) {
  AuditEvent event = AuditEventOf(action, caller, call);
  event.subject = std::nullopt;
  if (!account.uuid().is_nil()) event.subject = base::UserId(account.uuid());
  event.target = std::move(target);
  return event;
}

AuditAction ActionOf(ServiceAccountStatus status) {
  switch (status) {
    case ServiceAccountStatus::kActive:
      return AuditAction::kServiceAccountEnable;
    case ServiceAccountStatus::kDisabled:
      return AuditAction::kServiceAccountDisable;
    case ServiceAccountStatus::kDeleted:
      return AuditAction::kServiceAccountDelete;
  }
  return AuditAction::kServiceAccountDisable;
}

ApiKey NewKey(absl::Time now) {
  ApiKey key;
  key.key_id = ApiKeyId::New(now);
  key.secret = base::Secret(base::RandomBytes(32));
  return key;
}

}  // namespace

absl::StatusOr<ServiceAccount> ServiceAccounts::Create(const Caller& caller, std::string name,
                                                       std::string description,
                                                       const CallInfo& call) {
  ServiceAccount account;
  account.id = ServiceAccountId::New(call.now);
  account.name = std::move(name);
  account.description = std::move(description);
  account.created_by = caller.user_id();
  account.created_at = account.updated_at = call.now;
  const AuditEvent event =
      EventOf(AuditAction::kServiceAccountCreate, caller, account.id, account.name, call);
  const auto decision = store_.CreateAccount(AuthorityOf(caller), account, audit_.Record(event));
  SIGNET_RETURN_IF_ERROR(Concluded(audit_, event, decision));
  return account;
}

absl::StatusOr<ServiceAccount> ServiceAccounts::Get(ServiceAccountId id) {
  SIGNET_ASSIGN_OR_RETURN(std::optional<ServiceAccount> account, store_.FindAccount(id));
  if (!account) return StatusOf({AccessOutcome::kAccountUnknown, ""});
  return *std::move(account);
}

absl::StatusOr<std::vector<ServiceAccount>> ServiceAccounts::List(
    std::optional<ServiceAccountId> after, int limit) {
  return store_.ListAccounts(after, limit);
}

absl::Status ServiceAccounts::SetStatus(const Caller& caller, ServiceAccountId id,
                                        ServiceAccountStatus status, const CallInfo& call) {
  const AuditEvent event = EventOf(ActionOf(status), caller, id, "", call);
  return Concluded(audit_, event,
                   store_.SetStatus(AuthorityOf(caller), id, status, call.now,
                                    lifetimes_.RevocationExpiry(call.now), audit_.Record(event)));
}

absl::Status ApiKeys::MayMakeKeyOf(const Caller& caller, ServiceAccountId account,
                                   const AuditEvent& event, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<SubjectAccess> found,
                          access_.ReadAccess(SubjectId(account.uuid())));
  if (!found || found->kind != SubjectKind::kServiceAccount) {
    return Concluded(audit_, event, AccessDecision{AccessOutcome::kAccountUnknown, ""});
  }
  const absl::Status may = MayHandOn(caller, AccessAt(found->held, call.now).permissions);
  if (!may.ok()) SIGNET_RETURN_IF_ERROR(audit_.Refuse(event, base::ErrorReason(may)));
  return may;
}

absl::StatusOr<MadeApiKey> ApiKeys::Create(const Caller& caller, const ApiKeyRecord& wanted,
                                           const CallInfo& call) {
  if (wanted.expires_at && *wanted.expires_at <= call.now) {
    return base::FieldError("api_key.expire_time", "is not in the future");
  }
  const ApiKey key = NewKey(call.now);
  const AuditEvent event =
      EventOf(AuditAction::kApiKeyCreate, caller, wanted.account, key.key_id.ToString(), call);
  SIGNET_RETURN_IF_ERROR(MayMakeKeyOf(caller, wanted.account, event, call));
  MadeApiKey made;
  made.record = wanted;
  made.record.id = key.key_id;
  made.record.created_by = caller.user_id();
  made.record.created_at = call.now;
  const auto decision =
      store_.CreateKey(AuthorityOf(caller), made.record, key.SecretHash(), audit_.Record(event));
  SIGNET_RETURN_IF_ERROR(Concluded(audit_, event, decision));
  made.text = key.Encode();
  return made;
}

absl::StatusOr<std::vector<ApiKeyRecord>> ApiKeys::List(ServiceAccountId account,
                                                        std::optional<ApiKeyId> after, int limit) {
  return store_.ListKeys(account, after, limit);
}

absl::StatusOr<MadeApiKey> ApiKeys::Rotate(const Caller& caller, ApiKeyId id,
                                           absl::Duration overlap, const CallInfo& call) {
  SIGNET_ASSIGN_OR_RETURN(const std::optional<ApiKeyRecord> old, store_.FindKey(id));
  const AuditEvent event = EventOf(AuditAction::kApiKeyRotate, caller,
                                   old ? old->account : ServiceAccountId(), id.ToString(), call);
  if (!old) return Concluded(audit_, event, AccessDecision{AccessOutcome::kKeyUnknown, ""});
  SIGNET_RETURN_IF_ERROR(MayMakeKeyOf(caller, old->account, event, call));
  const ApiKey key = NewKey(call.now);
  MadeApiKey made;
  made.record = *old;
  made.record.id = key.key_id;
  made.record.created_by = caller.user_id();
  made.record.created_at = call.now;
  made.record.replaced_by = std::nullopt;
  made.record.last_used_at = std::nullopt;
  if (old->expires_at) made.record.expires_at = call.now + (*old->expires_at - old->created_at);
  const auto decision = store_.RotateKey(AuthorityOf(caller), id, made.record, key.SecretHash(),
                                         call.now + overlap, call.now, audit_.Record(event));
  SIGNET_RETURN_IF_ERROR(Concluded(audit_, event, decision));
  made.text = key.Encode();
  return made;
}

absl::Status ApiKeys::Revoke(const Caller& caller, ApiKeyId id, const CallInfo& call) {
  const AuditEvent event =
      EventOf(AuditAction::kApiKeyRevoke, caller, ServiceAccountId(), id.ToString(), call);
  return Concluded(audit_, event,
                   store_.RevokeKey(AuthorityOf(caller), id, call.now,
                                    lifetimes_.RevocationExpiry(call.now), audit_.Record(event)));
}

}  // namespace signet::domain
