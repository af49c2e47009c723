#include "server/rpc/convert/revocation_messages.h"

#include "client/base/error.h"
#include "client/base/status_macros.h"
#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr size_t kMaxVerifierName = 128;
constexpr size_t kMaxVerifierId = 64;

v1::RevocationKind ToProto(token::RevocationKind kind) {
  switch (kind) {
    case token::RevocationKind::kToken:
      return v1::REVOCATION_KIND_TOKEN;
    case token::RevocationKind::kSession:
      return v1::REVOCATION_KIND_SESSION;
    case token::RevocationKind::kUser:
      return v1::REVOCATION_KIND_USER;
    case token::RevocationKind::kKey:
      return v1::REVOCATION_KIND_KEY;
    case token::RevocationKind::kTenant:
      return v1::REVOCATION_KIND_TENANT;
  }
  // Of a newer server's log: verifiers know what to make of a kind that they do not know.
  return v1::REVOCATION_KIND_UNSPECIFIED;
}

bool HasNotBefore(token::RevocationKind kind) {
  return kind == token::RevocationKind::kUser || kind == token::RevocationKind::kTenant;
}

}  // namespace

absl::StatusOr<std::optional<ResumePoint>> ToResumePoint(
    const v1::WatchRevocationsRequest& request) {
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("verifier_name", request.verifier_name(), 0, kMaxVerifierName));
  if (request.resume_after() < 0) return base::FieldError("resume_after", "is negative");
  if (request.resume_after() == 0) return std::nullopt;
  if (!request.has_resume_record_time()) {
    return base::FieldError("resume_record_time", "is required with resume_after");
  }
  SIGNET_ASSIGN_OR_RETURN(const absl::Time recorded_at,
                          ToTime("resume_record_time", request.resume_record_time()));
  return ResumePoint{request.resume_after(), recorded_at};
}

void FromRevocation(const token::RevocationRecord& record, v1::Revocation& out) {
  out.set_sequence(record.sequence);
  out.set_kind(ToProto(record.kind));
  out.set_subject(record.subject);
  if (HasNotBefore(record.kind)) SetTimestamp(record.not_before, *out.mutable_not_before());
  SetTimestamp(record.recorded_at, *out.mutable_record_time());
  SetTimestamp(record.expires_at, *out.mutable_expire_time());
}

absl::Status CheckFirst(const v1::WatchKeySetRequest& request) {
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("verifier_id", request.verifier_id(), 1, kMaxVerifierId));
  SIGNET_RETURN_IF_ERROR(
      CheckVisibleAscii("verifier_name", request.verifier_name(), 0, kMaxVerifierName));
  return CheckLater(request);
}

absl::Status CheckLater(const v1::WatchKeySetRequest& request) {
  if (request.key_set_version() >= 0) return absl::OkStatus();
  return base::FieldError("key_set_version", "is negative");
}

}  // namespace signet::rpc
