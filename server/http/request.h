#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/domain/call_info.h"

namespace signet::http {

// Most bytes of a request's line and fields together, most fields, and most bytes of a body where
// its route says nothing else: a form of an OAuth endpoint holds one token.
constexpr size_t kMaxHead = 16 * 1024;
constexpr size_t kMaxFields = 64;
constexpr size_t kMaxBody = 16 * 1024;

enum class Method { kGet, kHead, kPost, kOptions, kOther };

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
  std::string body;
  domain::CallInfo call;  // who asks, and when; the address is whom the trusted proxies name

  // Of the first field of that (lower-case) name; empty where there is none.
  absl::string_view Find(absl::string_view name) const;
  // Every value of it, in order of arrival.
  std::vector<absl::string_view> All(absl::string_view name) const;
};

// Why a request was refused unheard, as the status to answer with.
struct Refusal {
  int status = 400;
};

}  // namespace signet::http
