#pragma once

#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace signet::http {

// Most bytes of a request's line and fields together, and most fields.
constexpr size_t kMaxHead = 8 * 1024;
constexpr size_t kMaxFields = 64;

enum class Method { kGet, kHead, kOther };

struct Field {
  std::string name;  // lower case
  std::string value;
};

// A request as far as this port is interested in it.
struct Request {
  Method method = Method::kOther;
  std::string path;   // of the target, as sent, without the query
  std::string query;  // after the first '?'
  std::vector<Field> fields;

  // Of the first field of that (lower-case) name; empty where there is none.
  absl::string_view Find(absl::string_view name) const;
};

// Why a head was refused, as the status to answer with.
struct Refusal {
  int status = 400;
};

// Reads one request head (RFC 9112), from its first byte to the empty line, both included. Strict:
// lines end in CR LF, one space separates the parts of the first line, no folded field, no space
// before a colon, no control characters, exactly one Host in HTTP/1.1. 400 for anything else, 505
// for another major version, 413 for a request that announces a body (none of ours has one, and an
// unread body is how requests are smuggled), 431 for too many fields.
std::variant<Request, Refusal> ParseHead(absl::string_view head);

}  // namespace signet::http
