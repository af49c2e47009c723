#include "server/rpc/convert/key_messages.h"

#include <algorithm>
#include <array>

#include "server/rpc/convert/field_checks.h"
#include "server/rpc/convert/well_known.h"

namespace signet::rpc {
namespace {

constexpr std::array<absl::string_view, 5> kAlgorithms = {"RS256", "PS256", "ES256", "ES384",
                                                          "EdDSA"};
constexpr size_t kMaxKid = 32;

v1::KeyState ToProto(domain::KeyState state) {
  switch (state) {
    case domain::KeyState::kPrepared:
      return v1::KEY_STATE_PREPARED;
    case domain::KeyState::kPublished:
      return v1::KEY_STATE_PUBLISHED;
    case domain::KeyState::kActive:
      return v1::KEY_STATE_ACTIVE;
    case domain::KeyState::kRetiring:
      return v1::KEY_STATE_RETIRING;
    case domain::KeyState::kRetired:
      return v1::KEY_STATE_RETIRED;
    case domain::KeyState::kTainted:
      return v1::KEY_STATE_TAINTED;
  }
  return v1::KEY_STATE_UNSPECIFIED;
}

}  // namespace

absl::Status CheckAlgorithm(absl::string_view algorithm) {
  if (algorithm.empty()) return absl::OkStatus();
  if (std::find(kAlgorithms.begin(), kAlgorithms.end(), algorithm) != kAlgorithms.end()) {
    return absl::OkStatus();
  }
  return base::FieldError("algorithm", "is not RS256, PS256, ES256, ES384 or EdDSA");
}

absl::Status CheckKid(absl::string_view kid) { return CheckVisibleAscii("kid", kid, 1, kMaxKid); }

domain::KeyLifecycle::Force ToForce(bool force) {
  return force ? domain::KeyLifecycle::Force::kYes : domain::KeyLifecycle::Force::kNo;
}

void FromVerifier(const domain::KeySetVerifier& verifier, v1::Verifier& out) {
  out.set_verifier_id(verifier.id);
  out.set_verifier_name(verifier.name);
  out.set_key_set_version(verifier.version);
  out.set_replica(verifier.replica);
  SetTimestamp(verifier.seen_at, *out.mutable_seen_time());
}

void FromKey(const domain::SigningKeyRecord& key, v1::SigningKey& out) {
  out.set_kid(key.kid);
  out.set_algorithm(key.algorithm);
  out.set_state(ToProto(key.state));
  SetTimestamp(key.created_at, *out.mutable_create_time());
  if (key.published_at) SetTimestamp(*key.published_at, *out.mutable_publish_time());
  if (key.activated_at) SetTimestamp(*key.activated_at, *out.mutable_activate_time());
  if (key.retiring_at) SetTimestamp(*key.retiring_at, *out.mutable_retiring_time());
  if (key.retired_at) SetTimestamp(*key.retired_at, *out.mutable_retire_time());
  if (key.tainted_at) SetTimestamp(*key.tainted_at, *out.mutable_taint_time());
  out.set_public_jwk(key.public_jwk);
}

}  // namespace signet::rpc
