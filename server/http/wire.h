#pragma once

#include <variant>

#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>

#include "absl/strings/string_view.h"
#include "server/http/request.h"

namespace signet::http {

// What Boost.Beast reads (RFC 9112), and what this port makes of it.
using Parser = boost::beast::http::request_parser<boost::beast::http::string_body>;

// Limits its head. What its body may have depends on the route.
void LimitHead(Parser& parser);

// Once the head has been read. False where the body says that it is larger.
bool LimitBody(Parser& parser, size_t most);

// The status for a request that Beast could not read: 431 for a head that is too large, 413 for
// such a body, 505 for another version, else 400. 0 where the connection ended instead.
int StatusOf(const boost::system::error_code& error);

// The head that `parser` has read, without its body. Stricter than Beast where servers have read
// one request in two ways: the target begins with a slash and is visible ASCII, there is exactly
// one Host (none in HTTP/1.0), no field has a control character, and the one Transfer-Encoding
// there may be is "chunked", in HTTP/1.1. 400 for anything else, 431 for more than kMaxFields.
std::variant<Request, Refusal> ReadHead(const Parser& parser);

// Whether a body follows the head that `parser` has read.
bool HasBody(const Parser& parser);

// A whole request in memory: for tests and fuzzing, by the same steps as from a connection.
std::variant<Request, Refusal> ReadRequest(absl::string_view bytes);

}  // namespace signet::http
