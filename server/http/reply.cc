#include "server/http/reply.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace signet::http {

void Append(std::vector<Route> more, std::vector<Route>& routes) {
  for (Route& route : more) routes.push_back(std::move(route));
}

absl::string_view StatusText(int status) {
  switch (status) {
    case 200:
      return "OK";
    case 204:
      return "No Content";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 413:
      return "Content Too Large";
    case 415:
      return "Unsupported Media Type";
    case 417:
      return "Expectation Failed";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 499:
      return "Client Closed Request";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 503:
      return "Service Unavailable";
    case 504:
      return "Gateway Timeout";
    case 505:
      return "HTTP Version Not Supported";
    default:
      return "Unknown";
  }
}

Reply ErrorReply(int status) {
  Reply reply;
  reply.status = status;
  reply.body = absl::StrCat(StatusText(status), "\n");
  return reply;
}

Reply OverloadedReply() {
  Reply reply = ErrorReply(503);
  reply.fields.push_back({"Retry-After", "1"});
  return reply;
}

std::string Serialize(const Reply& reply, Method method, Transport transport,
                      Persistence persistence) {
  std::string out = absl::StrCat(
      "HTTP/1.1 ", reply.status, " ", StatusText(reply.status), "\r\n",
      "Content-Type: ", reply.content_type, "\r\n", "Cache-Control: ", reply.cache_control, "\r\n",
      "Connection: ", persistence == Persistence::kClose ? "close" : "keep-alive",
      "\r\nX-Content-Type-Options: nosniff\r\nContent-Security-Policy: ",
      reply.content_security_policy, "\r\nReferrer-Policy: ", reply.referrer_policy, "\r\n");
  if (transport == Transport::kTls) {
    absl::StrAppend(&out, "Strict-Transport-Security: max-age=31536000\r\n");
  }
  for (const Field& field : reply.fields) {
    absl::StrAppend(&out, field.name, ": ", field.value, "\r\n");
  }
  // These have no body, so no length either.
  if (reply.status == 204 || reply.status == 304) return absl::StrCat(out, "\r\n");
  absl::StrAppend(&out, "Content-Length: ", reply.body.size(), "\r\n\r\n");
  if (method != Method::kHead) absl::StrAppend(&out, reply.body);
  return out;
}

}  // namespace signet::http
