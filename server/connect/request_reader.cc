#include "server/connect/request_reader.h"

#include <algorithm>
#include <map>
#include <optional>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "client/base/base64url.h"
#include "client/base/error.h"
#include "client/base/secret.h"
#include "client/base/status_macros.h"
#include "server/connect/error_reply.h"
#include "server/connect/gzip.h"
#include "server/connect/json_message.h"
#include "server/http/oauth/form.h"

namespace signet::connect {
namespace {

constexpr char kJsonType[] = "application/json";
constexpr char kProtoType[] = "application/proto";
constexpr const char* kHandedOn[] = {"user-agent", "x-request-id", "traceparent"};
constexpr size_t kMostDigits = 10;  // of a timeout, by the protocol

absl::Status NoSuchMethod() {
  return base::MakeError(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN",
                         "there is no such method");
}

absl::Status IsStream() {
  return base::MakeError(absl::StatusCode::kUnimplemented, "METHOD_UNKNOWN",
                         "this method is a stream: call it by gRPC");
}

// The protocol wants this code and the names of what would do.
absl::Status UnknownPacking(absl::string_view field) {
  return base::MakeError(absl::StatusCode::kUnimplemented, "FIELD_INVALID",
                         absl::StrCat(field, ": only gzip and identity are unpacked"));
}

http::Reply WrongMethod(const Method& method) {
  http::Reply reply = http::ErrorReply(405);
  reply.fields.push_back({"Allow", method.by_get() ? "GET, POST" : "POST"});
  return reply;
}

http::Reply WrongType() {
  http::Reply reply = http::ErrorReply(415);
  reply.fields.push_back({"Accept-Post", absl::StrCat(kJsonType, ", ", kProtoType)});
  return reply;
}

// The one value of a field; empty where it is missing.
absl::StatusOr<absl::string_view> Only(const http::Request& request, absl::string_view name) {
  const auto values = request.All(name);
  if (values.size() > 1) return base::FieldError(name, "came twice");
  return values.empty() ? absl::string_view() : values[0];
}

// JSON is UTF-8 (RFC 8259 section 8.1), whoever says so.
std::optional<Codec> CodecOf(absl::string_view type) {
  const std::vector<absl::string_view> parts = absl::StrSplit(type, absl::MaxSplits(';', 1));
  const absl::string_view name = absl::StripAsciiWhitespace(parts[0]);
  if (absl::EqualsIgnoreCase(name, kProtoType) && parts.size() == 1) return Codec::kProto;
  if (!absl::EqualsIgnoreCase(name, kJsonType)) return std::nullopt;
  if (parts.size() == 1) return Codec::kJson;
  const absl::string_view parameter = absl::StripAsciiWhitespace(parts[1]);
  const bool utf8 = absl::EqualsIgnoreCase(parameter, "charset=utf-8") ||
                    absl::EqualsIgnoreCase(parameter, "charset=\"utf-8\"");
  return utf8 ? std::optional<Codec>(Codec::kJson) : std::nullopt;
}

absl::StatusOr<Packing> PackingOf(absl::string_view coding, absl::string_view field) {
  if (coding.empty() || absl::EqualsIgnoreCase(coding, "identity")) return Packing::kNone;
  if (absl::EqualsIgnoreCase(coding, "gzip")) return Packing::kGzip;
  return UnknownPacking(field);
}

// RFC 9110 section 12.5.3, as far as gzip goes.
Packing Takes(const http::Request& request) {
  for (const absl::string_view value : request.All("accept-encoding")) {
    for (const absl::string_view coding : absl::StrSplit(value, ',')) {
      const std::vector<absl::string_view> parts = absl::StrSplit(coding, absl::MaxSplits(';', 1));
      if (!absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(parts[0]), "gzip")) continue;
      absl::string_view weight =
          parts.size() == 1 ? absl::string_view() : absl::StripAsciiWhitespace(parts[1]);
      const bool refused =
          absl::ConsumePrefix(&weight, "q=0") && weight.find_first_not_of(".0") == weight.npos;
      return refused ? Packing::kNone : Packing::kGzip;
    }
  }
  return Packing::kNone;
}

absl::StatusOr<absl::Time> DeadlineOf(const http::Request& request) {
  SIGNET_ASSIGN_OR_RETURN(const absl::string_view text, Only(request, "connect-timeout-ms"));
  if (text.empty()) return absl::InfiniteFuture();
  int64_t millis = 0;
  const bool digits = std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
  if (!digits || text.size() > kMostDigits || !absl::SimpleAtoi(text, &millis)) {
    return base::FieldError("connect-timeout-ms", "is not 1 to 10 digits");
  }
  return request.call.now + absl::Milliseconds(millis);
}

absl::StatusOr<std::string> Unpacked(Packing packing, absl::string_view bytes, size_t most) {
  if (bytes.size() > most) {
    return base::FieldError("request", absl::StrCat("is larger than ", most, " bytes"));
  }
  if (packing == Packing::kGzip) return Gunzip(bytes, most);
  return std::string(bytes);
}

absl::Status ReadMessage(Packing packing, absl::string_view bytes, size_t most, Asked& asked) {
  SIGNET_ASSIGN_OR_RETURN(std::string message, Unpacked(packing, bytes, most));
  if (asked.codec == Codec::kProto) {
    asked.request.message = std::move(message);
    return absl::OkStatus();
  }
  const auto& type = *asked.method->descriptor->input_type();
  auto read = MessageFromJson(type, message);
  base::Wipe(message);
  SIGNET_RETURN_IF_ERROR(read.status());
  asked.request.message = *std::move(read);
  return absl::OkStatus();
}

absl::Status ReadBody(const http::Request& request, size_t most, Asked& asked) {
  SIGNET_ASSIGN_OR_RETURN(const absl::string_view version,
                          Only(request, "connect-protocol-version"));
  if (!version.empty() && version != "1") {
    return base::FieldError("connect-protocol-version", "is not 1");
  }
  SIGNET_ASSIGN_OR_RETURN(const absl::string_view coding, Only(request, "content-encoding"));
  SIGNET_ASSIGN_OR_RETURN(const Packing packing, PackingOf(coding, "content-encoding"));
  return ReadMessage(packing, request.body, most, asked);
}

using Query = std::map<std::string, std::string>;

absl::StatusOr<Query> QueryOf(absl::string_view text) {
  constexpr absl::string_view kKnown[] = {"message", "encoding", "base64", "compression",
                                          "connect"};
  Query query;
  for (const absl::string_view pair : absl::StrSplit(text, '&', absl::SkipEmpty())) {
    const std::pair<absl::string_view, absl::string_view> halves =
        absl::StrSplit(pair, absl::MaxSplits('=', 1));
    std::string name;
    std::string value;
    if (!http::DecodeFormText(halves.first, name) || !http::DecodeFormText(halves.second, value)) {
      return base::FieldError("query", "has a broken escape");
    }
    // What others add to an address, for their statistics, is not ours to refuse.
    if (std::find(std::begin(kKnown), std::end(kKnown), name) == std::end(kKnown)) continue;
    if (!query.emplace(name, std::move(value)).second) return base::FieldError(name, "came twice");
  }
  return query;
}

absl::Status ReadQuery(const http::Request& request, size_t most, Asked& asked) {
  SIGNET_ASSIGN_OR_RETURN(Query query, QueryOf(request.query));
  if (const auto version = query.find("connect"); version != query.end()) {
    if (version->second != "v1") return base::FieldError("connect", "is not v1");
  }
  const std::string& encoding = query["encoding"];
  if (encoding != "json" && encoding != "proto") {
    return base::FieldError("encoding", "is neither json nor proto");
  }
  asked.codec = encoding == "json" ? Codec::kJson : Codec::kProto;
  if (query.count("message") == 0) return base::FieldError("message", "is missing");
  SIGNET_ASSIGN_OR_RETURN(const Packing packing, PackingOf(query["compression"], "compression"));
  const std::string& base64 = query["base64"];
  if (!base64.empty() && base64 != "1") return base::FieldError("base64", "is not 1");
  if (base64.empty()) return ReadMessage(packing, query["message"], most, asked);
  absl::string_view text = query["message"];
  while (absl::ConsumeSuffix(&text, "=")) continue;  // padding may be there or not
  const auto bytes = base::Base64UrlDecode(text);
  if (!bytes) return base::FieldError("message", "is not base64url");
  return ReadMessage(packing, *bytes, most, asked);
}

absl::Status ReadFields(const http::Request& request, Asked& asked) {
  SIGNET_ASSIGN_OR_RETURN(asked.request.deadline, DeadlineOf(request));
  SIGNET_ASSIGN_OR_RETURN(const absl::string_view credentials, Only(request, "authorization"));
  if (!credentials.empty()) asked.request.fields.emplace_back("authorization", credentials);
  for (const char* name : kHandedOn) {
    const absl::string_view value = request.Find(name);
    if (!value.empty()) asked.request.fields.emplace_back(name, value);
  }
  return absl::OkStatus();
}

}  // namespace

std::variant<Asked, http::Reply> ReadAsked(const http::Request& request, const Methods& methods,
                                           size_t largest_message) {
  Asked asked;
  asked.method = methods.Find(request.path);
  if (asked.method == nullptr) return ErrorReply(NoSuchMethod());
  if (!asked.method->is_unary()) return ErrorReply(IsStream());
  const bool by_get = request.method == http::Method::kGet && asked.method->by_get();
  if (!by_get && request.method != http::Method::kPost) return WrongMethod(*asked.method);
  if (!by_get) {
    const auto types = request.All("content-type");
    const auto codec = types.size() == 1 ? CodecOf(types[0]) : std::nullopt;
    if (!codec) return WrongType();
    asked.codec = *codec;
  }
  asked.request.method = std::string(asked.method->row->full_name);
  asked.request.caller = request.call.peer.address;
  asked.answer_packing = Takes(request);
  absl::Status read = ReadFields(request, asked);
  if (read.ok()) {
    read = by_get ? ReadQuery(request, largest_message, asked)
                  : ReadBody(request, largest_message, asked);
  }
  if (!read.ok()) return ErrorReply(read);
  return asked;
}

}  // namespace signet::connect
