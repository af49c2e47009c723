#include "server/http/request.h"

#include <algorithm>
#include <optional>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"

namespace signet::http {
namespace {

bool IsTokenCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::StrContains("!#$%&'*+-.^_`|~", c);
}

bool IsToken(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), IsTokenCharacter);
}

bool IsVisible(char c) { return c > ' ' && c < 0x7f; }

bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return c != '\t' && absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

Method MethodNamed(absl::string_view name) {
  if (name == "GET") return Method::kGet;
  if (name == "HEAD") return Method::kHead;
  return Method::kOther;
}

// Fills `request` from "GET /path?query HTTP/1.1". The refusing status, or nothing.
std::optional<Refusal> ParseFirstLine(absl::string_view line, Request& request) {
  const std::vector<absl::string_view> parts = absl::StrSplit(line, ' ');
  if (parts.size() != 3 || !IsToken(parts[0])) return Refusal{400};
  const absl::string_view target = parts[1];
  const absl::string_view version = parts[2];
  if (version != "HTTP/1.1" && version != "HTTP/1.0") {
    return Refusal{absl::StartsWith(version, "HTTP/") ? 505 : 400};
  }
  if (!absl::StartsWith(target, "/") || !std::all_of(target.begin(), target.end(), IsVisible)) {
    return Refusal{400};
  }
  request.method = MethodNamed(parts[0]);
  const size_t question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != target.npos) request.query = std::string(target.substr(question + 1));
  return std::nullopt;
}

std::optional<Refusal> ParseField(absl::string_view line, Request& request) {
  if (request.fields.size() == kMaxFields) return Refusal{431};
  const size_t colon = line.find(':');
  if (colon == line.npos || !IsToken(line.substr(0, colon))) return Refusal{400};
  const absl::string_view value = absl::StripAsciiWhitespace(line.substr(colon + 1));
  if (HasControl(value)) return Refusal{400};
  request.fields.push_back({absl::AsciiStrToLower(line.substr(0, colon)), std::string(value)});
  return std::nullopt;
}

std::optional<Refusal> CheckFraming(absl::string_view first_line, const Request& request) {
  int hosts = 0;
  for (const Field& field : request.fields) {
    if (field.name == "host") ++hosts;
    if (field.name == "transfer-encoding") return Refusal{413};
    if (field.name == "content-length" && field.value != "0") return Refusal{413};
  }
  const bool needs_host = absl::EndsWith(first_line, "1.1");
  if (hosts > 1 || (needs_host && hosts == 0)) return Refusal{400};
  return std::nullopt;
}

}  // namespace

absl::string_view Request::Find(absl::string_view name) const {
  for (const Field& field : fields) {
    if (field.name == name) return field.value;
  }
  return "";
}

std::variant<Request, Refusal> ParseHead(absl::string_view head) {
  if (head.size() > kMaxHead) return Refusal{431};
  if (!absl::EndsWith(head, "\r\n\r\n")) return Refusal{400};
  const std::vector<absl::string_view> lines =
      absl::StrSplit(head.substr(0, head.size() - 4), "\r\n");
  Request request;
  if (const auto refusal = ParseFirstLine(lines[0], request)) return *refusal;
  for (size_t i = 1; i < lines.size(); ++i) {
    if (const auto refusal = ParseField(lines[i], request)) return *refusal;
  }
  if (const auto refusal = CheckFraming(lines[0], request)) return *refusal;
  return request;
}

}  // namespace signet::http
