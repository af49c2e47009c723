#include "client/cli/offline_judge.h"

#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/base/base64url.h"
#include "client/cli/advice.h"
#include "client/token/claims_writer.h"
#include "client/token/json.h"
#include "client/token/jws.h"

namespace signet::cli {
namespace {

using simdjson::dom::element;

constexpr size_t kMaxLine = 64 * 1024;

std::string Quoted(absl::string_view text) {
  std::string out;
  token::AppendJsonString(text, out);
  return out;
}

// The object in one line, as a parser read it; nothing where it is no strict JSON object.
std::optional<std::string> MinifiedObject(absl::string_view text) {
  token::JsonReader reader;
  const auto object = reader.ReadObject(text);
  if (!object) return std::nullopt;
  return simdjson::minify(*object);
}

std::string Rejected(token::RejectReason reason) {
  return absl::StrCat("\"active\":false,\"reason\":", Quoted(token::RejectReasonName(reason)));
}

struct Request {
  std::string id;  // as JSON
  std::string token;
};

std::variant<Request, std::string> ParseLine(absl::string_view line) {
  token::JsonReader reader;
  const auto object = reader.ReadObject(line);
  if (!object) return std::string("not a JSON object");
  element id;
  element token;
  if (object->at_key("id").get(id) != simdjson::SUCCESS) return std::string("id is missing");
  if (!id.is_string() && !id.is_number()) return std::string("id is neither string nor number");
  if (object->at_key("token").get(token) != simdjson::SUCCESS) {
    return std::string("token is missing");
  }
  const auto text = token::JsonString(token);
  if (!text) return std::string("token is no string");
  return Request{simdjson::minify(id), std::string(*text)};
}

enum class Line { kWhole, kTooLong, kEnd };

// Bounded, so that a line without end cannot take all memory.
Line ReadLine(std::istream& in, std::string& line) {
  line.clear();
  bool any = false;
  bool too_long = false;
  std::streambuf& bytes = *in.rdbuf();  // get() would flush the output for every byte
  const auto end = std::istream::traits_type::eof();
  for (int next = bytes.sbumpc(); next != end; next = bytes.sbumpc()) {
    any = true;
    if (next == '\n') break;
    if (line.size() < kMaxLine) {
      line.push_back(static_cast<char>(next));
    } else {
      too_long = true;
    }
  }
  if (!any) return Line::kEnd;
  return too_long ? Line::kTooLong : Line::kWhole;
}

// Whoever waits for an answer before the next question gets it; a file is not flushed line by line.
Line NextLine(std::istream& in, std::ostream& out, std::string& line) {
  if (in.rdbuf()->in_avail() <= 0) out.flush();
  return ReadLine(in, line);
}

}  // namespace

OfflineJudge::OfflineJudge(Options options, token::KeySet keys, const base::Clock& clock)
    : options_(std::move(options)),
      clock_(clock),
      keys_(std::make_shared<const token::KeySet>(std::move(keys))),
      revocations_(std::make_shared<const token::RevocationSet>()),
      verifier_({.issuer = options_.issuer, .leeway = options_.leeway}, keys_, revocations_) {}

OfflineJudge::Judgement OfflineJudge::Judge(absl::string_view token) const {
  bool active = false;
  const std::string members = Members(token, active);
  return {active, absl::StrCat("{", members, "}")};
}

std::string OfflineJudge::Members(absl::string_view token, bool& active) const {
  const bool jws = options_.scope == Scope::kSignatureOnly;
  return jws ? JudgeJws(token, active) : JudgeAccessToken(token, active);
}

std::string OfflineJudge::JudgeJws(absl::string_view token, bool& active) const {
  const auto outcome = token::VerifyJws(token, keys_.Read());
  active = std::holds_alternative<token::VerifiedJws>(outcome);
  if (!active) return Rejected(std::get<token::RejectReason>(outcome));
  const auto& jws = std::get<token::VerifiedJws>(outcome);
  std::string out = absl::StrCat("\"active\":true,\"reason\":null,\"kid\":", Quoted(jws.key->kid));
  if (const auto object = MinifiedObject(jws.payload)) {
    return absl::StrCat(out, ",\"payload\":", *object);
  }
  return absl::StrCat(out, ",\"payload_base64url\":", Quoted(base::Base64UrlEncode(jws.payload)));
}

std::string OfflineJudge::JudgeAccessToken(absl::string_view token, bool& active) const {
  const absl::Time now = options_.now.value_or(clock_.Now());
  const token::Verdict verdict = verifier_.Verify(token, options_.audience, now);
  active = verdict.accepted();
  if (!active) return absl::StrCat(Rejected(verdict.reason()), ",\"claims\":null");
  std::string out = "\"active\":true,\"reason\":null,\"claims\":";
  token::WriteClaims(verdict.token().claims().ToClaims(), out);
  return out;
}

OfflineJudge::StreamCount OfflineJudge::JudgeStream(std::istream& in, std::ostream& out) const {
  StreamCount count;
  std::string line;
  for (Line kind = ReadLine(in, line); kind != Line::kEnd; kind = NextLine(in, out, line)) {
    auto parsed = kind == Line::kTooLong ? std::string("line is over 64 KiB") : ParseLine(line);
    if (const auto* error = std::get_if<std::string>(&parsed)) {
      ++count.malformed;
      out << "{\"id\":null,\"error\":" << Quoted(*error) << "}\n";
      continue;
    }
    const Request& request = std::get<Request>(parsed);
    bool active = false;
    const std::string members = Members(request.token, active);
    ++count.judged;
    out << "{\"id\":" << request.id << "," << members << "}\n";
  }
  out.flush();
  return count;
}

absl::StatusOr<absl::Time> ParseTimeArgument(absl::string_view text) {
  int64_t seconds = 0;
  if (absl::SimpleAtoi(text, &seconds)) return absl::FromUnixSeconds(seconds);
  absl::Time time;
  std::string error;
  if (absl::ParseTime(absl::RFC3339_full, text, &time, &error)) return time;
  return UsageError(absl::StrCat("not a time: ", text));
}

absl::StatusOr<std::string> DecodeUnverified(absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  if (token.size() > token::kMaxTokenSize) return UsageError("the token is over 8 KiB");
  if (parts.size() != 3) return UsageError("not a compact JWS: it needs three parts");
  const auto header = base::Base64UrlDecode(parts[0]);
  const auto claims = base::Base64UrlDecode(parts[1]);
  if (!header || !claims) return UsageError("not a compact JWS: the parts are not base64url");
  const auto header_json = MinifiedObject(*header);
  const auto claims_json = MinifiedObject(*claims);
  if (!header_json || !claims_json) return UsageError("header or claims are no JSON object");
  return absl::StrCat("{\"verified\":false,\"header\":", *header_json, ",\"claims\":", *claims_json,
                      "}");
}

std::string UnverifiedAudience(absl::string_view token) {
  const std::vector<absl::string_view> parts = absl::StrSplit(token, '.');
  const auto claims = parts.size() == 3 ? base::Base64UrlDecode(parts[1]) : std::nullopt;
  if (!claims) return "";
  token::JsonReader reader;
  const auto object = reader.ReadObject(*claims);
  element audience;
  if (!object || object->at_key("aud").get(audience) != simdjson::SUCCESS) return "";
  if (audience.is_array() && audience.get_array().at(0).get(audience) != simdjson::SUCCESS) {
    return "";
  }
  const auto text = token::JsonString(audience);
  return text ? std::string(*text) : "";
}

}  // namespace signet::cli
