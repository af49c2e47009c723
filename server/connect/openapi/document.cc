#include "server/connect/openapi/document.h"

#include <set>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "google/protobuf/descriptor.pb.h"
#include "server/connect/contract.h"
#include "server/connect/openapi/schemas.h"

namespace signet::connect {
namespace {

using google::protobuf::MethodDescriptor;
using Kind = rpc::CallerRule::Kind;

constexpr char kAbout[] =
    "The unary methods of Signet by the unary protocol of Connect "
    "(https://connectrpc.com/docs/protocol). Streams are gRPC's alone. A request with a field that "
    "its message has not is refused; an answer may gain fields, which clients pass over.";

std::string Sentence(const std::string& text) {
  const size_t end = text.find(". ");
  const size_t line = text.find('\n');
  if (end == text.npos && line == text.npos) return text;
  return text.substr(0, end < line ? end + 1 : line);
}

OrderedJson Header(const char* name, const char* description, OrderedJson schema) {
  return {{"name", name},
          {"in", "header"},
          {"required", false},
          {"description", description},
          {"schema", std::move(schema)}};
}

OrderedJson Parameters() {
  return {{"ConnectProtocolVersion",
           Header("Connect-Protocol-Version", "Clients of Connect say it.", {{"const", "1"}})},
          {"ConnectTimeoutMs",
           Header("Connect-Timeout-Ms", "How long the caller waits, in milliseconds.",
                  {{"type", "string"}, {"pattern", "^[0-9]{1,10}$"}})},
          {"XRequestId", Header("X-Request-Id", "Comes back, and stands in the logs.",
                                {{"type", "string"}, {"maxLength", 64}})}};
}

OrderedJson RefsTo(const std::vector<std::string>& parameters) {
  OrderedJson refs = OrderedJson::array();
  for (const std::string& name : parameters) {
    refs.push_back({{"$ref", absl::StrCat("#/components/parameters/", name)}});
  }
  return refs;
}

OrderedJson ErrorSchema() {
  const OrderedJson codes = {
      "canceled",           "unknown",        "invalid_argument",  "deadline_exceeded",
      "not_found",          "already_exists", "permission_denied", "aborted",
      "resource_exhausted", "out_of_range",   "unimplemented",     "failed_precondition",
      "internal",           "unavailable",    "data_loss",         "unauthenticated"};
  const OrderedJson detail = {
      {"type", "object"},
      {"required", {"type", "value"}},
      {"properties",
       {{"type", {{"type", "string"}, {"examples", {"google.rpc.ErrorInfo"}}}},
        {"value", {{"type", "string"}, {"description", "The message's bytes, base64 unpadded."}}},
        {"debug", {{"type", "object"}, {"description", "The same, for people."}}}}}};
  return {{"type", "object"},
          {"required", {"code"}},
          {"properties",
           {{"code", {{"type", "string"}, {"enum", codes}}},
            {"message", {{"type", "string"}}},
            {"details",
             {{"type", "array"},
              {"description",
               "Exactly one google.rpc.ErrorInfo, whose `reason` says what to do; "
               "BadRequest where a field was refused, RetryInfo where to retry, QuotaFailure "
               "where a limit was met."},
              {"items", detail}}}}}};
}

OrderedJson SecuritySchemes() {
  return {{"accessToken",
           {{"type", "http"},
            {"scheme", "bearer"},
            {"bearerFormat", "JWT"},
            {"description", "An access token of a session or service account."}}},
          {"apiKey",
           {{"type", "http"},
            {"scheme", "basic"},
            {"description", "An API key: its id and its text."}}}};
}

OrderedJson SecurityOf(const rpc::MethodRow& row) {
  OrderedJson ways = OrderedJson::array();
  if (row.caller.kind != Kind::kAnyone) ways.push_back({{"accessToken", OrderedJson::array()}});
  if (row.services == rpc::ServiceAccounts::kAdmitted) {
    ways.push_back({{"apiKey", OrderedJson::array()}});
  }
  return ways;
}

OrderedJson Bodies(const OrderedJson& schema) {
  return {{"application/json", {{"schema", schema}}}, {"application/proto", OrderedJson::object()}};
}

OrderedJson AnswersOf(const OrderedJson& schema) {
  const OrderedJson id = {{"X-Request-Id", {{"schema", {{"type", "string"}}}}}};
  return {{"200", {{"description", "Done."}, {"headers", id}, {"content", Bodies(schema)}}},
          {"default", {{"$ref", "#/components/responses/Error"}}}};
}

OrderedJson QueryParameters() {
  const auto query = [](const char* name, bool required, const char* about, OrderedJson schema) {
    return OrderedJson{{"name", name},
                       {"in", "query"},
                       {"required", required},
                       {"description", about},
                       {"schema", std::move(schema)}};
  };
  const OrderedJson text = {{"type", "string"}};
  return {query("message", true, "The request message, in JSON or as bytes.", text),
          query("encoding", true, "Which of both.", {{"enum", {"json", "proto"}}}),
          query("base64", false, "1: `message` is base64url.", {{"const", "1"}}),
          query("compression", false, "How `message` is packed.", {{"enum", {"identity", "gzip"}}}),
          query("connect", false, "The protocol's version.", {{"const", "v1"}})};
}

OrderedJson OperationOf(const Method& method, const std::string& id, Schemas& schemas) {
  const MethodDescriptor& rpc = *method.descriptor;
  const std::string comment = CommentOf(rpc);
  OrderedJson operation = {{"operationId", id}, {"tags", {rpc.service()->name()}}};
  if (!comment.empty()) {
    operation["summary"] = Sentence(comment);
    operation["description"] = comment;
  }
  if (rpc.options().deprecated()) operation["deprecated"] = true;
  operation["security"] = SecurityOf(*method.row);
  if (method.row->caller.kind == Kind::kPermission) {
    operation["x-signet-permission"] = std::string(method.row->caller.permission);
  }
  if (method.row->step_up != rpc::StepUp::kNone) operation["x-signet-step-up"] = true;
  operation["responses"] = AnswersOf(schemas.RefTo(*rpc.output_type()));
  return operation;
}

OrderedJson PathOf(const Method& method, Schemas& schemas) {
  const std::string id = absl::StrReplaceAll(
      method.row->full_name.substr(method.row->full_name.rfind('.') + 1), {{"/", "_"}});
  const MethodDescriptor& rpc = *method.descriptor;
  OrderedJson post = OperationOf(method, id, schemas);
  post["parameters"] = RefsTo({"ConnectProtocolVersion", "ConnectTimeoutMs", "XRequestId"});
  post["requestBody"] = {{"required", true}, {"content", Bodies(schemas.RefTo(*rpc.input_type()))}};
  OrderedJson path = {{"post", std::move(post)}};
  if (!method.by_get()) return path;
  OrderedJson get = OperationOf(method, absl::StrCat(id, "_get"), schemas);
  get["parameters"] = RefsTo({"ConnectTimeoutMs", "XRequestId"});
  for (const OrderedJson& parameter : QueryParameters()) get["parameters"].push_back(parameter);
  path["get"] = std::move(get);
  return path;
}

OrderedJson TagsOf(const Methods& methods) {
  OrderedJson tags = OrderedJson::array();
  std::set<std::string> known;
  for (const Method& method : methods.all()) {
    const auto& service = *method.descriptor->service();
    if (!known.insert(service.name()).second) continue;
    tags.push_back({{"name", service.name()}, {"description", CommentOf(service)}});
  }
  return tags;
}

}  // namespace

std::string OpenApi(const Methods& methods, absl::string_view version) {
  Schemas schemas;
  OrderedJson paths = OrderedJson::object();
  for (const Method& method : methods.all()) {
    if (!method.is_unary()) continue;
    paths[absl::StrCat("/", method.row->full_name)] = PathOf(method, schemas);
  }
  OrderedJson all = schemas.Render();
  all["Error"] = ErrorSchema();
  const OrderedJson error = {
      {"description", "Refused or failed: docs/errors.md has every reason."},
      {"content", {{"application/json", {{"schema", {{"$ref", "#/components/schemas/Error"}}}}}}}};
  const OrderedJson document = {
      {"openapi", "3.1.0"},
      {"info",
       {{"title", "Signet"},
        {"version", std::string(version)},
        {"description", kAbout},
        {"license", {{"name", "Apache-2.0"}, {"identifier", "Apache-2.0"}}}}},
      {"servers", {{{"url", "/"}}}},
      {"tags", TagsOf(methods)},
      {"paths", std::move(paths)},
      {"components",
       {{"schemas", std::move(all)},
        {"parameters", Parameters()},
        {"responses", {{"Error", error}}},
        {"securitySchemes", SecuritySchemes()}}}};
  return absl::StrCat(document.dump(1), "\n");
}

}  // namespace signet::connect
