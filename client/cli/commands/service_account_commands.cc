#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <signet/v1/access_service.grpc.pb.h>

#include "absl/strings/str_cat.h"
#include "absl/time/time.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::AccessService;

constexpr char kExampleId[] = "0192f1c4-7a3b-7cc1-9d0e-2f6a5b4c3d2e";

struct AccountOptions {
  std::string id;
  std::string name;
  std::string description;
  bool yes = false;
};

struct ApiKeyOptions {
  std::string account;
  std::string id;
  std::string name;
  std::vector<std::string> scopes;
  std::string expires_in;
  std::string overlap;
  bool yes = false;
};

absl::StatusOr<absl::Duration> PositiveDuration(const std::string& option,
                                                const std::string& text) {
  absl::Duration duration;
  if (!absl::ParseDuration(text, &duration) || duration < absl::ZeroDuration()) {
    return UsageError(absl::StrCat(option, " is a duration such as 90m or 720h"));
  }
  return duration;
}

absl::StatusOr<ExitCode> CreateAccount(Context& context, const AccountOptions& options) {
  signet::v1::CreateServiceAccountRequest request;
  request.mutable_service_account()->set_name(options.name);
  request.mutable_service_account()->set_description(options.description);
  SIGNET_ASSIGN_OR_RETURN(
      const auto response,
      CallAsSession(context, &AccessService::Stub::CreateServiceAccount, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response.service_account())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> GetAccount(Context& context, const AccountOptions& options) {
  signet::v1::GetServiceAccountRequest request;
  request.set_service_account_id(options.id);
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AccessService::Stub::GetServiceAccount, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response.service_account())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ListAccounts(Context& context) {
  signet::v1::ListServiceAccountsRequest request;
  request.set_page_size(1000);
  signet::v1::ListServiceAccountsResponse all;
  do {
    SIGNET_ASSIGN_OR_RETURN(
        auto page, CallAsSession(context, &AccessService::Stub::ListServiceAccounts, request));
    all.mutable_service_accounts()->MergeFrom(page.service_accounts());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(all), "service_accounts", {"service_account_id", "name", "disabled", "description"}));
  return ExitCode::kOk;
}

template <typename Request, typename Method>
absl::StatusOr<ExitCode> Change(Context& context, const std::string& id, Method method,
                                const char* done) {
  Request request;
  request.set_service_account_id(id);
  SIGNET_RETURN_IF_ERROR(CallAsSession(context, method, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show(absl::StrCat("{\"", done, "\":true}")));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> DisableAccount(Context& context, const AccountOptions& options) {
  SIGNET_RETURN_IF_ERROR(Confirm(context, options.yes,
                                 absl::StrCat("Disable ", options.id, " and refuse its tokens?")));
  return Change<signet::v1::DisableServiceAccountRequest>(
      context, options.id, &AccessService::Stub::DisableServiceAccount, "disabled");
}

absl::StatusOr<ExitCode> EnableAccount(Context& context, const AccountOptions& options) {
  return Change<signet::v1::EnableServiceAccountRequest>(
      context, options.id, &AccessService::Stub::EnableServiceAccount, "enabled");
}

absl::StatusOr<ExitCode> DeleteAccount(Context& context, const AccountOptions& options) {
  SIGNET_RETURN_IF_ERROR(
      Confirm(context, options.yes, absl::StrCat("Delete ", options.id, " for good?")));
  return Change<signet::v1::DeleteServiceAccountRequest>(
      context, options.id, &AccessService::Stub::DeleteServiceAccount, "deleted");
}

absl::StatusOr<ExitCode> CreateKey(Context& context, const ApiKeyOptions& options) {
  signet::v1::CreateApiKeyRequest request;
  request.set_service_account_id(options.account);
  request.mutable_api_key()->set_name(options.name);
  request.mutable_api_key()->mutable_scopes()->Add(options.scopes.begin(), options.scopes.end());
  if (!options.expires_in.empty()) {
    SIGNET_ASSIGN_OR_RETURN(const absl::Duration life,
                            PositiveDuration("--expires-in", options.expires_in));
    request.mutable_api_key()->mutable_expire_time()->set_seconds(
        absl::ToUnixSeconds(context.clock.Now() + life));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AccessService::Stub::CreateApiKey, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  context.output.Warn("this is the only time that the key is shown");
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> ListKeys(Context& context, const ApiKeyOptions& options) {
  signet::v1::ListApiKeysRequest request;
  request.set_service_account_id(options.account);
  request.set_page_size(1000);
  signet::v1::ListApiKeysResponse all;
  do {
    SIGNET_ASSIGN_OR_RETURN(auto page,
                            CallAsSession(context, &AccessService::Stub::ListApiKeys, request));
    all.mutable_api_keys()->MergeFrom(page.api_keys());
    request.set_page_token(page.next_page_token());
  } while (!request.page_token().empty());
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(all), "api_keys",
      {"api_key_id", "name", "scopes", "expire_time", "revoke_time", "last_use_time"}));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> RotateKey(Context& context, const ApiKeyOptions& options) {
  signet::v1::RotateApiKeyRequest request;
  request.set_api_key_id(options.id);
  if (!options.overlap.empty()) {
    SIGNET_ASSIGN_OR_RETURN(const absl::Duration overlap,
                            PositiveDuration("--overlap", options.overlap));
    request.mutable_overlap()->set_seconds(absl::ToInt64Seconds(overlap));
  }
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          CallAsSession(context, &AccessService::Stub::RotateApiKey, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response)));
  context.output.Warn("this is the only time that the key is shown");
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> RevokeKey(Context& context, const ApiKeyOptions& options) {
  SIGNET_RETURN_IF_ERROR(Confirm(
      context, options.yes,
      absl::StrCat("Revoke ", options.id, " and refuse every token of its service account?")));
  signet::v1::RevokeApiKeyRequest request;
  request.set_api_key_id(options.id);
  SIGNET_RETURN_IF_ERROR(
      CallAsSession(context, &AccessService::Stub::RevokeApiKey, request).status());
  SIGNET_RETURN_IF_ERROR(context.output.Show("{\"revoked\":true}"));
  return ExitCode::kOk;
}

using AccountAction = absl::StatusOr<ExitCode> (*)(Context&, const AccountOptions&);

CLI::App& AddOnAccount(CommandTable& table, CLI::App& group, const std::string& name,
                       const std::string& description, const std::string& more,
                       AccountAction action, std::shared_ptr<AccountOptions> options) {
  auto& app = table.Add(group, name, description,
                        absl::StrCat("  signet service-account ", name, " ", kExampleId, more),
                        [=](Context& context) { return action(context, *options); });
  app.add_option("SERVICE_ACCOUNT_ID", options->id, "As service-account list shows it")->required();
  return app;
}

void AddAccounts(CommandTable& table) {
  auto& group = table.Group("service-account", "Machines that call as themselves (administrators)");
  auto made = std::make_shared<AccountOptions>();
  auto& create = table.Add(group, "create", "Make a service account",
                           "  signet service-account create billing --description 'Night run'",
                           [made](Context& context) { return CreateAccount(context, *made); });
  create.add_option("NAME", made->name, "Becomes client_id of its tokens")->required();
  create.add_option("--description", made->description, "For people");
  table.Add(group, "list", "Every service account, oldest first",
            "  signet service-account list\n  signet --json service-account list", ListAccounts);
  AddOnAccount(table, group, "get", "One service account", "", GetAccount,
               std::make_shared<AccountOptions>());
  auto disabled = std::make_shared<AccountOptions>();
  AddYes(AddOnAccount(table, group, "disable", "Give it no tokens, and refuse those that it has",
                      " --yes", DisableAccount, disabled),
         disabled->yes);
  AddOnAccount(table, group, "enable", "Let its keys buy tokens again", "", EnableAccount,
               std::make_shared<AccountOptions>());
  auto deleted = std::make_shared<AccountOptions>();
  AddYes(AddOnAccount(table, group, "delete", "End a service account for good", " --yes",
                      DeleteAccount, deleted),
         deleted->yes);
}

void AddKeys(CommandTable& table) {
  auto& group = table.Group("api-key", "API keys of service accounts (administrators)");
  auto made = std::make_shared<ApiKeyOptions>();
  auto& create =
      table.Add(group, "create", "Make a key; it is shown this once",
                absl::StrCat("  signet api-key create --field secret ", kExampleId,
                             " --name 'night run' --scope invoices --expires-in 2160h >key.txt"),
                [made](Context& context) { return CreateKey(context, *made); });
  create.add_option("SERVICE_ACCOUNT_ID", made->account, "As service-account list shows it")
      ->required();
  create.add_option("--name", made->name, "Where it is used");
  create.add_option("--scope", made->scopes, "A scope that its tokens may have; may be repeated");
  create.add_option("--expires-in", made->expires_in, "Ends by itself after 720h, …");

  auto listed = std::make_shared<ApiKeyOptions>();
  table
      .Add(group, "list", "The keys of a service account, oldest first",
           absl::StrCat("  signet api-key list ", kExampleId),
           [listed](Context& context) { return ListKeys(context, *listed); })
      .add_option("SERVICE_ACCOUNT_ID", listed->account, "As service-account list shows it")
      ->required();

  auto rotated = std::make_shared<ApiKeyOptions>();
  auto& rotate = table.Add(group, "rotate", "Make a successor; the old key goes on for the overlap",
                           absl::StrCat("  signet api-key rotate --field secret ", kExampleId,
                                        " --overlap 48h >key.txt"),
                           [rotated](Context& context) { return RotateKey(context, *rotated); });
  rotate.add_option("API_KEY_ID", rotated->id, "As api-key list shows it")->required();
  rotate.add_option("--overlap", rotated->overlap, "How long the old one goes on; default: 24h");

  auto revoked = std::make_shared<ApiKeyOptions>();
  auto& revoke = table.Add(group, "revoke", "End a key at once, and the tokens of its account",
                           absl::StrCat("  signet api-key revoke ", kExampleId, " --yes"),
                           [revoked](Context& context) { return RevokeKey(context, *revoked); });
  revoke.add_option("API_KEY_ID", revoked->id, "As api-key list shows it")->required();
  AddYes(revoke, revoked->yes);
}

}  // namespace

void AddServiceAccountCommands(CommandTable& table) {
  AddAccounts(table);
  AddKeys(table);
}

}  // namespace signet::cli
