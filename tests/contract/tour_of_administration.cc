#include <string>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

std::string Kid(const std::string& kid) { return absl::StrCat("kid: '", kid, "' "); }

std::string Active(const v1::ListKeysResponse& keys) {
  for (const auto& key : keys.keys()) {
    if (key.state() == v1::KEY_STATE_ACTIVE) return key.kid();
  }
  return "";
}

}  // namespace

void Tour::ReadTheLog() {
  const auto admin = LogIn(kAdministrator, kPassword);
  const std::string bearer = admin.tokens().access_token();
  const auto looks = [&](const std::string& at) {
    Leaves("AUDIT_READ").By(admin.user_id()).In(admin.session_id()).About(at);
  };
  Call<v1::QueryEventsResponse>("QueryEvents", "page_size: 1000", bearer);
  looks("QueryEvents");
  const auto page = Call<v1::ExportEventsResponse>("ExportEvents", "", bearer);
  looks("ExportEvents");
  Call<v1::GetCheckpointResponse>("GetCheckpoint", "", bearer);
  // The first events of this tour are seconds old.
  ASSERT_GT(page.entries_size(), 0);
  Call<v1::GetInclusionProofResponse>(
      "GetInclusionProof", absl::StrCat("event_id: '", page.entries(0).event().event_id(), "'"),
      bearer);
}

void Tour::RotateKeys() {
  auto admin = LogIn(kAdministrator, kPassword);
  const auto leaves = [&](const std::string& action, const std::string& kid) -> AuditMark& {
    return Leaves(action).By(admin.user_id()).In(admin.session_id()).About(kid);
  };
  const std::string before =
      Active(Call<v1::ListKeysResponse>("ListKeys", "", admin.tokens().access_token()));
  leaves("KEY_LIST", "");
  Call<v1::ListVerifiersResponse>("ListVerifiers", "", admin.tokens().access_token());
  leaves("KEY_LIST", "verifiers");
  const std::string next =
      Call<v1::PrepareKeyResponse>("PrepareKey", "", admin.tokens().access_token()).key().kid();
  leaves("KEY_PREPARE", next);
  Call<v1::ActivateKeyResponse>("ActivateKey", Kid(next), admin.tokens().access_token(),
                                "FAILED_PRECONDITION KEY_TOO_FRESH");
  leaves("KEY_ACTIVATE", next).Refused("KEY_TOO_FRESH");
  Call<v1::ActivateKeyResponse>("ActivateKey", Kid(next) + "force: true",
                                admin.tokens().access_token());
  leaves("KEY_ACTIVATE", next);

  admin = LogIn(kAdministrator, kPassword);  // by a token of the new key: the old one goes
  Call<v1::RetireKeyResponse>("RetireKey", Kid(before), admin.tokens().access_token(),
                              "FAILED_PRECONDITION KEY_STILL_NEEDED");
  leaves("KEY_RETIRE", before).Refused("KEY_STILL_NEEDED");
  Call<v1::RetireKeyResponse>("RetireKey", Kid(before) + "force: true",
                              admin.tokens().access_token());
  leaves("KEY_RETIRE", before);
  Call<v1::TaintKeyResponse>("TaintKey", Kid(before), admin.tokens().access_token());
  leaves("KEY_TAINT", before);

  Call<v1::RevokeAllResponse>("RevokeAll", "", admin.tokens().access_token());
  leaves("REVOKE_ALL", "");
  EXPECT_EQ(client_.AwaitRefusal(admin.tokens().access_token()), v1::INACTIVE_REASON_REVOKED_USER);
}

}  // namespace signet::contract
