#include <string>

#include "absl/strings/str_cat.h"
#include "tests/contract/tour.h"

namespace signet::contract {
namespace {

// Of a password that nobody knows; bcrypt, cost 12.
constexpr char kImportedHash[] = "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW";
constexpr char kNobody[] = "01920000-0000-7000-8000-000000000001";
constexpr char kMayNotManage[] = "PERMISSION_DENIED PERMISSION_MISSING users.manage";

std::string User(const std::string& id) { return absl::StrCat("user_id: '", id, "'"); }

}  // namespace

// Somebody is brought from another system, is administered, and is erased: of him, nothing is left
// to be found, his hash included.
void Tour::AdministerPeople() {
  const auto person = LogIn(email_, password_);
  const std::string mine = person.tokens().access_token();
  Call<v1::GetUserResponse>("GetUser", "", mine);
  Call<v1::UpdateUserResponse>(
      "UpdateUser", "user { display_name: 'Canary' } update_mask { paths: 'display_name' }", mine);
  LeavesBy("UPDATE_USER", person).About("display_name");
  Call<v1::UpdateUserResponse>(
      "UpdateUser",
      absl::StrCat("user { email: '", kUnknownEmail, "' } update_mask { paths: 'email' }"), mine,
      kMayNotManage);
  LeavesBy("UPDATE_USER", person).Refused("PERMISSION_MISSING").About("email");
  Call<v1::GetUserResponse>("GetUser", User(kNobody), mine,
                            "PERMISSION_DENIED PERMISSION_MISSING users.read");
  const auto exported = Call<v1::ExportUserDataResponse>("ExportUserData", "", mine);
  for (const std::string& record : exported.records()) absl::StrAppend(&exports_, record, "\n");
  LeavesBy("EXPORT_USER_DATA", person);

  const auto admin = LogIn(kAdministrator, kPassword);
  const std::string bearer = admin.tokens().access_token();
  Call<v1::ListUsersResponse>("ListUsers", "", bearer);
  const auto imported = Call<v1::ImportUsersResponse>(
      "ImportUsers",
      absl::StrCat("users { email: '", kImportedEmail, "' password_hash: '", kImportedHash,
                   "' } users { email: 'ab' }"),
      bearer);
  Leaves("IMPORT_USERS")
      .By(admin.user_id())
      .In(admin.session_id())
      .About("1");  // line that could be read
  ASSERT_EQ(imported.results_size(), 2);
  const std::string other = imported.results(0).user_id();
  const auto leaves = [&](const std::string& action) -> AuditMark& {
    return Leaves(action).By(admin.user_id()).On(other);
  };
  Call<v1::DeleteUserResponse>("DeleteUser", User(other), mine, kMayNotManage);
  Leaves("DELETE_USER").Refused("PERMISSION_MISSING").By(user_).On(other);
  Call<v1::EraseUserResponse>("EraseUser", User(other), mine, kMayNotManage);
  LeavesBy("ACCESS_DENIED", person)
      .Refused("PERMISSION_MISSING")
      .About("signet.v1.UserService/EraseUser");
  Call<v1::UnlockUserResponse>("UnlockUser", User(other), bearer);  // not locked: no event
  tests::Sql(database_, absl::StrCat("INSERT INTO signet.attempt_guards (subject, device,"
                                     " locked_until, touched_at) SELECT '",
                                     other, "', md5('')::uuid, now() + interval '1 hour', now()"));
  EXPECT_TRUE(Call<v1::UnlockUserResponse>("UnlockUser", User(other), bearer).was_locked());
  leaves("UNLOCK_ACCOUNT");
  Call<v1::DisableUserResponse>("DisableUser", User(other), bearer);
  leaves("DISABLE_USER");
  Call<v1::EnableUserResponse>("EnableUser", User(other), bearer);
  leaves("ENABLE_USER");
  Call<v1::DeleteUserResponse>("DeleteUser", User(other), bearer);
  leaves("DELETE_USER");
  Call<v1::EnableUserResponse>("EnableUser", User(other), bearer, "NOT_FOUND USER_UNKNOWN");
  leaves("ENABLE_USER").Refused("USER_UNKNOWN");
  Call<v1::EraseUserResponse>("EraseUser", User(other), bearer);
  leaves("ERASE_USER");
}

}  // namespace signet::contract
