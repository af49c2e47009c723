#include <memory>
#include <string>

#include <signet/v1/key_service.grpc.pb.h>

#include "client/base/status_macros.h"
#include "client/cli/command.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::KeyService;

struct SigningKeyOptions {
  std::string kid;
  std::string algorithm;
  bool force = false;
};
using SharedKeyOptions = std::shared_ptr<SigningKeyOptions>;

absl::StatusOr<ExitCode> ListSigningKeys(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const auto keys, CallAsSession(context, &KeyService::Stub::ListKeys, {}));
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(keys), "keys", {"kid", "algorithm", "state", "create_time", "activate_time"}));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Verifiers(Context& context) {
  SIGNET_ASSIGN_OR_RETURN(const auto verifiers,
                          CallAsSession(context, &KeyService::Stub::ListVerifiers, {}));
  SIGNET_RETURN_IF_ERROR(context.output.ShowTable(
      JsonOf(verifiers), "verifiers",
      {"verifier_name", "verifier_id", "key_set_version", "seen_time", "replica"}));
  return ExitCode::kOk;
}

template <typename Method, typename Request>
absl::StatusOr<ExitCode> CallAndShow(Context& context, Method method, const Request& request) {
  SIGNET_ASSIGN_OR_RETURN(const auto response, CallAsSession(context, method, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(JsonOf(response.key())));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Prepare(Context& context, const SigningKeyOptions& options) {
  signet::v1::PrepareKeyRequest request;
  request.set_algorithm(options.algorithm);
  return CallAndShow(context, &KeyService::Stub::PrepareKey, request);
}

absl::StatusOr<ExitCode> Activate(Context& context, const SigningKeyOptions& options) {
  signet::v1::ActivateKeyRequest request;
  request.set_kid(options.kid);
  request.set_force(options.force);
  return CallAndShow(context, &KeyService::Stub::ActivateKey, request);
}

absl::StatusOr<ExitCode> Taint(Context& context, const SigningKeyOptions& options) {
  signet::v1::TaintKeyRequest request;
  request.set_kid(options.kid);
  return CallAndShow(context, &KeyService::Stub::TaintKey, request);
}

absl::StatusOr<ExitCode> Retire(Context& context, const SigningKeyOptions& options) {
  signet::v1::RetireKeyRequest request;
  request.set_kid(options.kid);
  request.set_force(options.force);
  return CallAndShow(context, &KeyService::Stub::RetireKey, request);
}

using KeyAction = absl::StatusOr<ExitCode> (*)(Context&, const SigningKeyOptions&);

CLI::App& AddKeyCommand(CommandTable& table, CLI::App& group, const std::string& name,
                        const std::string& description, KeyAction action,
                        SharedKeyOptions options) {
  auto& app = table.Add(group, name, description, "  signet keys " + name + " 2026-11-a",
                        [=](Context& context) { return action(context, *options); });
  app.add_option("KID", options->kid, "As keys list shows it")->required();
  return app;
}

}  // namespace

void AddKeyCommands(CommandTable& table) {
  auto& group = table.Group("keys", "Signing keys (administrators)");
  table.Add(group, "list", "Every key, newest first",
            "  signet keys list\n  signet --json keys list", ListSigningKeys);

  table.Add(group, "verifiers", "Who follows the key set, and which version each holds",
            "  signet keys verifiers\n  signet --json keys verifiers", Verifiers);

  auto prepare = std::make_shared<SigningKeyOptions>();
  table
      .Add(group, "prepare", "Make a key and publish it; it does not sign yet",
           "  signet keys prepare\n  signet keys prepare --algorithm EdDSA",
           [prepare](Context& context) { return Prepare(context, *prepare); })
      .add_option("--algorithm", prepare->algorithm, "RS256, PS256, ES256, ES384 or EdDSA");

  auto activate = std::make_shared<SigningKeyOptions>();
  AddKeyCommand(table, group, "activate", "Let a published key sign from now on", Activate,
                activate)
      .add_flag("--force", activate->force, "Do not wait until every verifier holds it");

  auto taint = std::make_shared<SigningKeyOptions>();
  AddKeyCommand(table, group, "taint", "Emergency: refuse everything that the key signed", Taint,
                taint);

  auto retire = std::make_shared<SigningKeyOptions>();
  AddKeyCommand(table, group, "retire", "Take a retiring key out of the JWKS", Retire, retire)
      .add_flag("--force", retire->force, "Do not wait until its last token has expired");

  AddEmergencyRotation(table, group);
}

}  // namespace signet::cli
