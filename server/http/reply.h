#pragma once

#include <functional>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "server/http/request.h"

namespace signet::http {

struct Reply {
  int status = 200;
  std::string content_type = "text/plain; charset=utf-8";
  std::string body;
  std::string cache_control = "no-store";
  std::vector<Field> fields = {};  // further ones
};

// Answers GET and HEAD of one path; for HEAD the server leaves the body out. Called on several
// threads at once, so: thread-safe. It must not block for long: the port has few threads.
struct Route {
  std::string path;  // compared byte by byte
  std::function<Reply(const Request&)> answer;
};

// "Not Found" for 404; "Unknown" for a status that this port never gives.
absl::string_view StatusText(int status);

// A short plain-text reply that says no more than the status.
Reply ErrorReply(int status);

// The bytes to send: status line, fields (the security ones too), body. Every reply ends the
// connection.
enum class Transport { kPlain, kTls };
std::string Serialize(const Reply& reply, Method method, Transport transport);

}  // namespace signet::http
