#include <fstream>
#include <iterator>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/offline_judge.h"
#include "client/cli/secret_input.h"

namespace signet::cli {
namespace {

struct OfflineOptions {
  TokenSource token;
  std::string jwks_file;
  std::string issuer;
  std::string audience;
  std::string now;
  int leeway_seconds = 30;
  bool signature_only = false;
  bool stream = false;
};

absl::StatusOr<token::KeySet> ReadKeys(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return UsageError(absl::StrCat("cannot read ", path));
  const std::string json{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  auto keys = token::ParseKeySet(json);
  if (!keys.ok()) return UsageError(absl::StrCat(path, ": ", keys.status().message()));
  return keys;
}

absl::StatusOr<OfflineJudge::Options> OfflineJudgeOptions(const OfflineOptions& options) {
  OfflineJudge::Options out;
  out.leeway = absl::Seconds(options.leeway_seconds);
  if (options.signature_only) {
    out.scope = OfflineJudge::Scope::kSignatureOnly;
    return out;
  }
  if (options.issuer.empty() || options.audience.empty()) {
    return UsageError("--issuer and --audience are needed (or --jws for the signature alone)");
  }
  out.issuer = options.issuer;
  out.audience = options.audience;
  if (!options.now.empty()) {
    SIGNET_ASSIGN_OR_RETURN(out.now, ParseTimeArgument(options.now));
  }
  return out;
}

absl::StatusOr<ExitCode> VerifyOffline(Context& context, const OfflineOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(auto keys, ReadKeys(options.jwks_file));
  SIGNET_ASSIGN_OR_RETURN(auto judge_options, OfflineJudgeOptions(options));
  const OfflineJudge judge(std::move(judge_options), std::move(keys), context.clock);
  if (options.stream) {
    const auto count = judge.JudgeStream(context.console.in, context.console.out);
    return count.malformed == 0 ? ExitCode::kOk : ExitCode::kUsage;
  }
  SIGNET_ASSIGN_OR_RETURN(const auto token, options.token.Read(context.console.in));
  const auto judgement = judge.Judge(token.reveal());
  SIGNET_RETURN_IF_ERROR(context.output.Show(judgement.json));
  return judgement.active ? ExitCode::kOk : ExitCode::kNegative;
}

absl::StatusOr<ExitCode> Decode(Context& context, const TokenSource& source) {
  SIGNET_ASSIGN_OR_RETURN(const auto token, source.Read(context.console.in));
  SIGNET_ASSIGN_OR_RETURN(const std::string json, DecodeUnverified(token.reveal()));
  context.output.Warn("NOT VERIFIED: anyone can write this; `signet token verify` judges it");
  SIGNET_RETURN_IF_ERROR(context.output.Show(json));
  return ExitCode::kOk;
}

constexpr char kVerifyExamples[] =
    "  curl -s http://127.0.0.1:7421/.well-known/jwks.json >jwks.json\n"
    "  signet token verify --jwks jwks.json --issuer https://auth.example.com \\\n"
    "      --audience billing \"$TOKEN\"\n"
    "  signet token verify --jwks jwks.json --jws - <message.jws\n"
    "  signet token verify --jwks jwks.json --issuer I --audience A --stream <tokens.jsonl\n"
    "Exit code: 0 active, 1 not; of a stream 0, or 2 where a line was malformed.";

}  // namespace

void AddOfflineCommands(CommandTable& table, CLI::App& token_group) {
  auto verify = std::make_shared<OfflineOptions>();
  auto& app = table.Add(
      token_group, "verify", "Judge tokens offline, against a JWK Set (revocations are not known)",
      kVerifyExamples, [verify](Context& context) { return VerifyOffline(context, *verify); });
  AddTokenOptions(app, verify->token, TokenArgument::kAllowed);
  app.add_option("--jwks", verify->jwks_file, "The JWK Set (RFC 7517)")
      ->type_name("FILE")
      ->required();
  app.add_option("--issuer", verify->issuer, "Must equal the iss claim");
  app.add_option("--audience", verify->audience, "Must be among the aud claim");
  app.add_option("--now", verify->now, "Judge at this time: RFC 3339 or seconds since 1970");
  app.add_option("--leeway", verify->leeway_seconds, "For exp, nbf and iat, in seconds")
      ->check(CLI::Range(0, 30))
      ->capture_default_str();
  app.add_flag("--jws", verify->signature_only, "Check the signature only and print the payload");
  app.add_flag("--stream", verify->stream, "Read {\"id\":…,\"token\":…} lines, answer each");

  auto decode = std::make_shared<TokenSource>();
  auto& shown = table.Add(token_group, "decode", "Show header and claims, NOT VERIFIED",
                          "  signet token decode \"$TOKEN\"\n"
                          "  signet --field claims.sub token decode - <token.txt",
                          [decode](Context& context) { return Decode(context, *decode); });
  AddTokenOptions(shown, *decode, TokenArgument::kAllowed);
}

}  // namespace signet::cli
