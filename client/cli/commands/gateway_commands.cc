#include <memory>
#include <string>
#include <vector>

#include <envoy/service/auth/v3/external_auth.grpc.pb.h>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/base/status_macros.h"
#include "client/cli/advice.h"
#include "client/cli/command.h"
#include "client/cli/secret_input.h"
#include "client/token/json.h"

namespace signet::cli {
namespace {

namespace auth = envoy::service::auth::v3;

struct AuthzOptions {
  std::string method;
  std::string target;
  std::string host = "localhost";
  std::vector<std::string> fields;
  TokenSource token;
};

void AddField(const std::string& name, const std::string& value,
              auth::AttributeContext::HttpRequest& http) {
  auto& header = *http.mutable_header_map()->add_headers();
  header.set_key(absl::AsciiStrToLower(name));
  header.set_raw_value(value);
}

// The request that a client would send, as a gateway tells of it.
absl::StatusOr<auth::CheckRequest> QuestionOf(const Context& context, const AuthzOptions& options) {
  auth::CheckRequest request;
  auto& http = *request.mutable_attributes()->mutable_request()->mutable_http();
  http.set_method(options.method);
  http.set_path(options.target);
  http.set_host(options.host);
  for (const std::string& field : options.fields) {
    const size_t colon = field.find(':');
    if (colon == std::string::npos || colon == 0) {
      return UsageError(absl::StrCat("--with \"", field, "\" is not of the form \"Name: value\""));
    }
    AddField(field.substr(0, colon),
             std::string(absl::StripAsciiWhitespace(field.substr(colon + 1))), http);
  }
  if (options.token.given()) {
    SIGNET_ASSIGN_OR_RETURN(const auto token, options.token.Read(context.console.in));
    AddField("authorization", absl::StrCat("Bearer ", token.reveal()), http);
  }
  return request;
}

std::string DecisionJson(const auth::CheckResponse& response) {
  const bool passes = response.status().code() == 0;
  const auto& denied = response.denied_response();
  std::string json =
      absl::StrCat("{\"passes\":", passes ? "true" : "false",
                   ",\"status\":", passes ? 200 : denied.status().code(), ",\"result\":");
  const auto& metadata = response.dynamic_metadata().fields();
  const auto result = metadata.find("result");
  token::AppendJsonString(result == metadata.end() ? "" : result->second.string_value(), json);
  json += ",\"headers\":{";
  const char* comma = "";
  for (const auto& option : passes ? response.ok_response().headers() : denied.headers()) {
    json += comma;
    token::AppendJsonString(option.header().key(), json);
    json += ":";
    token::AppendJsonString(option.header().value(), json);
    comma = ",";
  }
  json += "},\"headers_to_remove\":[";
  comma = "";
  for (const std::string& name : response.ok_response().headers_to_remove()) {
    json += comma;
    token::AppendJsonString(name, json);
    comma = ",";
  }
  return json + "]}";
}

absl::StatusOr<ExitCode> Authz(Context& context, const AuthzOptions& options) {
  SIGNET_ASSIGN_OR_RETURN(const auto request, QuestionOf(context, options));
  SIGNET_ASSIGN_OR_RETURN(const RpcChannel rpc, context.Connect());
  SIGNET_ASSIGN_OR_RETURN(const auto response,
                          rpc.Call(&auth::Authorization::Stub::Check, request));
  SIGNET_RETURN_IF_ERROR(context.output.Show(DecisionJson(response)));
  return response.status().code() == 0 ? ExitCode::kOk : ExitCode::kNegative;
}

}  // namespace

void AddGatewayCommands(CommandTable& table) {
  auto options = std::make_shared<AuthzOptions>();
  auto& app =
      table.Add("authz", "Ask as a gateway does whether a request may pass",
                "  signet authz GET /public/logo.png\n"
                "  signet authz DELETE '/orders/7?force=1' --host api.example.com "
                "--token-file token.txt\n"
                "  signet --json authz GET /orders/ --with 'X-HTTP-Method-Override: DELETE'\n"
                "Exit code: 0 it may, 1 it may not.",
                [options](Context& context) { return Authz(context, *options); });
  app.add_option("METHOD", options->method, "GET, POST, …")->required();
  app.add_option("TARGET", options->target, "Path and query, as the client would send them")
      ->required();
  app.add_option("--host", options->host, "The Host of the request");
  app.add_option("--with", options->fields, "A field of the request; may be repeated")
      ->type_name("'NAME: VALUE'");
  AddTokenOptions(app, options->token, TokenArgument::kNotAllowed);
}

}  // namespace signet::cli
