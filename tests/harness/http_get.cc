#include "tests/harness/http_get.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::tests {

std::string HttpRequest(const std::string& path, const std::vector<std::string>& fields) {
  std::string request =
      absl::StrCat("GET ", path, " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n");
  for (const std::string& field : fields) absl::StrAppend(&request, field, "\r\n");
  return request + "\r\n";
}

HttpAnswer ParseHttp(const std::string& bytes) {
  HttpAnswer answer;
  const size_t end = bytes.find("\r\n\r\n");
  if (end == std::string::npos) return answer;
  answer.body = bytes.substr(end + 4);
  const std::vector<std::string> lines = absl::StrSplit(bytes.substr(0, end), "\r\n");
  const std::vector<std::string> words = absl::StrSplit(lines[0], ' ');
  if (words.size() < 2 || !absl::SimpleAtoi(words[1], &answer.status)) return HttpAnswer();
  for (size_t i = 1; i < lines.size(); ++i) {
    const std::pair<std::string, std::string> field =
        absl::StrSplit(lines[i], absl::MaxSplits(": ", 1));
    answer.fields[absl::AsciiStrToLower(field.first)] = field.second;
  }
  return answer;
}

HttpAnswer HttpExchange(int port, const std::string& request) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string bytes;
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0) {
    (void)send(fd, request.data(), request.size(), MSG_NOSIGNAL);
    char chunk[16 * 1024];
    for (ssize_t got = 0; (got = read(fd, chunk, sizeof(chunk))) > 0;) {
      bytes.append(chunk, static_cast<size_t>(got));
    }
  }
  close(fd);
  return ParseHttp(bytes);
}

HttpAnswer HttpGet(int port, const std::string& path, const std::vector<std::string>& fields) {
  return HttpExchange(port, HttpRequest(path, fields));
}

HttpAnswer HttpPost(int port, const std::string& path, const std::string& body,
                    const std::vector<std::string>& fields, const std::string& type) {
  std::string request = absl::StrCat("POST ", path,
                                     " HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
                                     "Content-Type: ",
                                     type, "\r\nContent-Length: ", body.size(), "\r\n");
  for (const std::string& field : fields) absl::StrAppend(&request, field, "\r\n");
  return HttpExchange(port, absl::StrCat(request, "\r\n", body));
}

}  // namespace signet::tests
