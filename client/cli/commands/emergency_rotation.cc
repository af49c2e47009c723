#include <memory>
#include <string>
#include <vector>

#include <signet/v1/key_service.grpc.pb.h>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/confirmation.h"
#include "client/cli/live_session.h"

namespace signet::cli {
namespace {

using signet::v1::KeyService;

struct RotateOptions {
  bool emergency = false;
  bool yes = false;
  std::string algorithm;
};

// The session's own access token may be of a key that was refused a moment ago, and a replica that
// has not heard of the new key yet signs the next one with the old one once more.
constexpr int kAttempts = 5;

// Neither signs nor verifies any more, or is refused already.
bool IsOver(const signet::v1::SigningKey& key) {
  return key.state() == signet::v1::KEY_STATE_RETIRED ||
         key.state() == signet::v1::KEY_STATE_TAINTED;
}

absl::StatusOr<signet::v1::SigningKey> Taint(const Context& context, const std::string& kid) {
  signet::v1::TaintKeyRequest request;
  request.set_kid(kid);
  for (int attempt = 1;; ++attempt) {
    const auto tainted = CallAsSession(context, &KeyService::Stub::TaintKey, request);
    if (tainted.ok()) return tainted->key();
    if (!WantsFreshToken(tainted.status()) || attempt == kAttempts) return tainted.status();
  }
}

absl::StatusOr<signet::v1::SigningKey> LetANewKeySign(Context& context,
                                                      const std::string& algorithm) {
  signet::v1::PrepareKeyRequest prepare;
  prepare.set_algorithm(algorithm);
  SIGNET_ASSIGN_OR_RETURN(const auto prepared,
                          CallAsSession(context, &KeyService::Stub::PrepareKey, prepare));
  signet::v1::ActivateKeyRequest activate;
  activate.set_kid(prepared.key().kid());
  activate.set_force(true);
  SIGNET_ASSIGN_OR_RETURN(const auto activated,
                          CallAsSession(context, &KeyService::Stub::ActivateKey, activate));
  context.output.Warn(absl::StrCat(activated.key().kid(), " was made and signs from now on"));
  return activated.key();
}

// Whoever has stolen one key had the means to steal each that was there: none of them stays, not
// even one that was published to sign next. Done again it makes another key and takes up what the
// first time left over.
absl::StatusOr<ExitCode> RotateInEmergency(Context& context, const RotateOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto keys, CallAsSession(context, &KeyService::Stub::ListKeys, {}));
  std::vector<std::string> stolen;
  for (const auto& key : keys.keys()) {
    if (!IsOver(key)) stolen.push_back(key.kid());
  }
  SIGNET_RETURN_IF_ERROR(Confirm(
      context, options.yes,
      absl::StrCat("Make a new key, and refuse every access token that was signed by ",
                   absl::StrJoin(stolen, ", "), "? Sessions stay, their clients refresh.")));
  SIGNET_ASSIGN_OR_RETURN(const auto active, LetANewKeySign(context, options.algorithm));
  std::vector<std::string> tainted;
  for (const std::string& kid : stolen) {
    const auto key = Taint(context, kid);
    if (!key.ok()) {
      context.output.Warn(absl::StrCat(kid,
                                       " is still accepted: run this again, or `signet keys "
                                       "taint ",
                                       kid, "`"));
      return key.status();
    }
    context.output.Warn(absl::StrCat(kid, " is refused everywhere within a second"));
    tainted.push_back(JsonOf(*key));
  }
  SIGNET_RETURN_IF_ERROR(context.output.Show(absl::StrCat(
      "{\"activated\":", JsonOf(active), ",\"tainted\":[", absl::StrJoin(tainted, ","), "]}")));
  return ExitCode::kOk;
}

absl::StatusOr<ExitCode> Rotate(Context& context, const RotateOptions& options) {
  if (!options.emergency) {
    return UsageError(
        "the servers replace keys by themselves (keys.rotate_after); see keys prepare and keys "
        "activate to do it sooner, and --emergency for a key that was stolen");
  }
  return RotateInEmergency(context, options);
}

}  // namespace

void AddEmergencyRotation(CommandTable& table, CLI::App& keys_group) {
  auto options = std::make_shared<RotateOptions>();
  auto& app =
      table.Add(keys_group, "rotate",
                "With --emergency: a new key signs at once, and nothing that any key before "
                "it signed is accepted",
                "  signet keys rotate --emergency\n"
                "  signet --json keys rotate --emergency --yes",
                [options](Context& context) { return Rotate(context, *options); });
  app.add_flag("--emergency", options->emergency, "A key was stolen, or may have been");
  app.add_option("--algorithm", options->algorithm, "RS256, PS256, ES256, ES384 or EdDSA");
  AddYes(app, options->yes);
}

}  // namespace signet::cli
