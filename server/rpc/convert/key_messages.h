#pragma once

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/domain/ports/key_lifecycle.h"
#include "server/domain/tokens/key_set_verifier.h"
#include "signet/v1/key_service.pb.h"

namespace signet::rpc {

// Messages of KeyService.

// Empty, or one of the five algorithms.
absl::Status CheckAlgorithm(absl::string_view algorithm);
// Required, at most 32 bytes of visible ASCII.
absl::Status CheckKid(absl::string_view kid);

domain::KeyLifecycle::Force ToForce(bool force);

void FromVerifier(const domain::KeySetVerifier& verifier, v1::Verifier& out);

// The private half is not in the message at all.
void FromKey(const domain::SigningKeyRecord& key, v1::SigningKey& out);

}  // namespace signet::rpc
