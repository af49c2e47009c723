#include "server/http/wire.h"

#include <algorithm>
#include <limits>
#include <string>

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/error.hpp>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"

namespace signet::http {
namespace {

namespace beast_http = boost::beast::http;

absl::string_view View(boost::beast::string_view text) { return {text.data(), text.size()}; }

bool IsVisible(char c) { return c > ' ' && c < 0x7f; }

bool HasControl(absl::string_view text) {
  return std::any_of(text.begin(), text.end(), [](char c) {
    return c != '\t' && absl::ascii_iscntrl(static_cast<unsigned char>(c));
  });
}

// Beast takes a coding that it does not know for no body at all.
bool IsFramed(const Request& request, bool is_1_0) {
  const auto codings = request.All("transfer-encoding");
  if (codings.empty()) return true;
  return !is_1_0 && codings.size() == 1 && absl::EqualsIgnoreCase(codings[0], "chunked");
}

Method MethodOf(beast_http::verb verb) {
  if (verb == beast_http::verb::get) return Method::kGet;
  if (verb == beast_http::verb::head) return Method::kHead;
  if (verb == beast_http::verb::post) return Method::kPost;
  if (verb == beast_http::verb::options) return Method::kOptions;
  return Method::kOther;
}

}  // namespace

void LimitHead(Parser& parser) {
  parser.header_limit(kMaxHead);
  parser.body_limit(std::numeric_limits<uint64_t>::max());
}

// Beast compares a length with the limit while it reads the head, and chunks as they come.
bool LimitBody(Parser& parser, size_t most) {
  parser.body_limit(most);
  const auto length = parser.content_length();
  return !length || *length <= most;
}

int StatusOf(const boost::system::error_code& error) {
  if (error == beast_http::error::header_limit || error == beast_http::error::buffer_overflow) {
    return 431;
  }
  if (error == beast_http::error::body_limit) return 413;
  if (error == beast_http::error::bad_version) return 505;
  const bool of_beast =
      error.category() == beast_http::make_error_code(beast_http::error::bad_method).category();
  const bool ended =
      error == beast_http::error::end_of_stream || error == beast_http::error::partial_message;
  return of_beast && !ended ? 400 : 0;
}

std::variant<Request, Refusal> ReadHead(const Parser& parser) {
  const auto& head = parser.get().base();
  const absl::string_view target = View(head.target());
  if (!absl::StartsWith(target, "/") || !std::all_of(target.begin(), target.end(), IsVisible)) {
    return Refusal{400};
  }
  Request request;
  request.method = MethodOf(head.method());
  const size_t question = target.find('?');
  request.path = std::string(target.substr(0, question));
  if (question != target.npos) request.query = std::string(target.substr(question + 1));
  for (const auto& field : head) {
    if (request.fields.size() == kMaxFields) return Refusal{431};
    const absl::string_view value = View(field.value());
    if (HasControl(value)) return Refusal{400};
    request.fields.push_back(
        {absl::AsciiStrToLower(View(field.name_string())), std::string(value)});
  }
  const size_t hosts = request.All("host").size();
  const bool is_1_0 = head.version() == 10;
  if (hosts > 1 || (hosts == 0 && !is_1_0)) return Refusal{400};
  if (!IsFramed(request, is_1_0)) return Refusal{400};
  return request;
}

bool HasBody(const Parser& parser) {
  if (parser.chunked()) return true;
  const auto length = parser.content_length();
  return length && *length > 0;
}

std::variant<Request, Refusal> ReadRequest(absl::string_view bytes) {
  Parser parser;
  LimitHead(parser);
  parser.eager(true);
  parser.body_limit(kMaxBody);
  boost::system::error_code error;
  size_t used = 0;
  // Beast stops after the head, and after each chunk.
  while (!parser.is_done() && !error && used < bytes.size()) {
    const size_t taken =
        parser.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), error);
    if (taken == 0) break;
    used += taken;
  }
  if (error && error != beast_http::error::need_more) return Refusal{StatusOf(error)};
  if (!parser.is_done()) return Refusal{400};
  auto request = ReadHead(parser);
  if (auto* read = std::get_if<Request>(&request)) read->body = parser.get().body();
  return request;
}

}  // namespace signet::http
