#include "server/rpc/method_table.h"

#include <string>
#include <vector>

#include <gmock/gmock.h>

#include "envoy/service/auth/v3/external_auth.pb.h"
#include "signet/v1/access_service.pb.h"
#include "signet/v1/audit_service.pb.h"
#include "signet/v1/auth_service.pb.h"
#include "signet/v1/key_service.pb.h"
#include "signet/v1/session_service.pb.h"
#include "signet/v1/token_service.pb.h"
#include "signet/v1/user_service.pb.h"

namespace signet::rpc {
namespace {

using ::testing::HasSubstr;

std::vector<std::string> AllServices() {
  // A message of each file, so that its descriptors are linked in.
  return {v1::QueryEventsRequest::descriptor()->file()->service(0)->full_name(),
          v1::LoginRequest::descriptor()->file()->service(0)->full_name(),
          v1::RefreshRequest::descriptor()->file()->service(0)->full_name(),
          v1::ListSessionsRequest::descriptor()->file()->service(0)->full_name(),
          v1::ListRolesRequest::descriptor()->file()->service(0)->full_name(),
          v1::ListKeysRequest::descriptor()->file()->service(0)->full_name(),
          v1::GetUserRequest::descriptor()->file()->service(0)->full_name(),
          envoy::service::auth::v3::CheckRequest::descriptor()->file()->service(0)->full_name()};
}

std::vector<MethodRow> Copy() {
  const auto table = MethodTable();
  return {table.begin(), table.end()};
}

TEST(MethodTable, HasExactlyOneRowForEachMethodOfTheContract) {
  EXPECT_EQ(CheckMethodTable(MethodTable(), AllServices()), absl::OkStatus());
}

TEST(MethodTable, RefusesAMethodWithoutARow) {
  auto rows = Copy();
  rows.erase(rows.begin() + 1);
  const absl::Status status = CheckMethodTable(rows, AllServices());
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(status.message(), "method table: signet.v1.AuthService/Login has no row");
}

TEST(MethodTable, RefusesARowWithoutAMethodTwoRowsAndAnUnknownService) {
  auto rows = Copy();
  rows.push_back(rows[0]);
  rows.push_back({"signet.v1.KeyService/StealKey", {}, Lane::kDatabase, 1, false});
  const absl::Status status = CheckMethodTable(rows, {"signet.v1.AuthService", "x.Y"});
  EXPECT_THAT(std::string(status.message()),
              AllOf(HasSubstr("signet.v1.AuthService/Register has two rows"),
                    HasSubstr("signet.v1.KeyService/StealKey is no method"),
                    HasSubstr("signet.v1.KeyService/StealKey names no permission"),
                    HasSubstr("there is no service x.Y")));
}

// What is not said is refused: a row that forgets its caller is no open door.
TEST(MethodTable, ARowThatSaysNothingAdmitsNobody) {
  const MethodRow row{"signet.v1.AuthService/Login"};
  EXPECT_EQ(row.caller.kind, CallerRule::Kind::kPermission);
  EXPECT_FALSE(CheckMethodTable({&row, 1}, {"signet.v1.AuthService"}).ok());
}

TEST(MethodTable, EveryKeyOperationNeedsAPermissionAndIsAudited) {
  for (const MethodRow& row : MethodTable()) {
    if (row.service() != "signet.v1.KeyService") continue;
    EXPECT_EQ(row.caller.kind, CallerRule::Kind::kPermission) << row.full_name;
    EXPECT_TRUE(row.audited) << row.full_name;
  }
}

// what changes who gets in, or what is trusted, asks for the person.
TEST(MethodTable, WhatIsHardToUndoAsksForARecentAuthentication) {
  for (const MethodRow& row : MethodTable()) {
    const bool changes_keys = row.service() == "signet.v1.KeyService" &&
                              row.method() != "ListKeys" && row.method() != "ListVerifiers";
    const bool changes_factor = row.method() == "EnrollTotp" || row.method() == "ConfirmTotp" ||
                                row.method() == "DisableTotp" ||
                                row.method() == "RegenerateRecoveryCodes";
    const bool changes_access = row.service() == "signet.v1.AccessService" && row.audited;
    if (changes_keys || changes_factor || changes_access || row.method() == "ChangePassword" ||
        row.method() == "RevokeAll") {
      EXPECT_EQ(row.step_up, StepUp::kRecent) << row.full_name;
    }
  }
  const MethodRow row{"signet.v1.AuthService/Login",
                      {CallerRule::Kind::kAnyone, {}},
                      Lane::kHashing,
                      1,
                      true,
                      StepUp::kRecent};
  EXPECT_THAT(std::string(CheckMethodTable({&row, 1}, {"signet.v1.AuthService"}).message()),
              HasSubstr("Login asks nobody for a recent authentication"));
}

// what must go on without the database runs where no query can be made.
TEST(MethodTable, ValidationStaysOffTheDatabaseLane) {
  for (const MethodRow& row : MethodTable()) {
    if (row.method() == "Validate" || row.method() == "GetJwks" || row.method() == "Check") {
      EXPECT_EQ(row.lane, Lane::kInline);
    }
    if (row.method() == "ValidateBatch") {
      EXPECT_EQ(row.lane, Lane::kCompute);
    }
  }
}

}  // namespace
}  // namespace signet::rpc
