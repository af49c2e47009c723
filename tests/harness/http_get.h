#pragma once

#include <map>
#include <string>
#include <vector>

namespace signet::tests {

// An answer of the HTTP port; status 0: there was none.
struct HttpAnswer {
  int status = 0;
  std::map<std::string, std::string> fields;  // names in lower case
  std::string body;
};

// GET over one plain connection to 127.0.0.1. `fields` are further lines of the request.
HttpAnswer HttpGet(int port, const std::string& path, const std::vector<std::string>& fields = {});

// POST in the same way; of a form, as it is to be sent, where `type` says nothing else.
HttpAnswer HttpPost(int port, const std::string& path, const std::string& body,
                    const std::vector<std::string>& fields = {},
                    const std::string& type = "application/x-www-form-urlencoded");

// The answer to these bytes, whatever they are; of a connection that the server ends.
HttpAnswer HttpExchange(int port, const std::string& request);

// The bytes of such a request, and the answer in the bytes that came back: for TLS.
std::string HttpRequest(const std::string& path, const std::vector<std::string>& fields = {});
HttpAnswer ParseHttp(const std::string& bytes);

}  // namespace signet::tests
