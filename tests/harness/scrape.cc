#include "tests/harness/scrape.h"

#include <utility>
#include <vector>

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace signet::tests {
namespace {

std::string Exchange(int fd, int port, const std::string& request) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof(address)) != 0) return "";
  if (send(fd, request.data(), request.size(), MSG_NOSIGNAL) < 0) return "";
  std::string answer;
  char buffer[16384];
  for (ssize_t got; (got = recv(fd, buffer, sizeof(buffer), 0)) > 0;) {
    answer.append(buffer, static_cast<size_t>(got));
  }
  return answer;
}

// Name (with labels) and value of every series.
std::vector<std::pair<std::string, double>> Scrape(int port) {
  std::vector<std::pair<std::string, double>> series;
  const std::string text = HttpGet(port, "/metrics");
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    if (line[0] == '#') continue;
    const std::pair<absl::string_view, absl::string_view> halves = {
        line.substr(0, line.rfind(' ')), line.substr(line.rfind(' ') + 1)};
    double value = 0;
    if (absl::SimpleAtod(halves.second, &value)) series.emplace_back(halves.first, value);
  }
  return series;
}

}  // namespace

std::string HttpGet(int port, absl::string_view path) {
  const int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  const std::string answer = Exchange(
      fd, port,
      absl::StrCat("GET ", path, " HTTP/1.0\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n"));
  close(fd);
  const size_t body = answer.find("\r\n\r\n");
  if (body == std::string::npos || !absl::StrContains(answer.substr(0, 16), " 200 ")) return "";
  return answer.substr(body + 4);
}

double Metric(int http_port, absl::string_view series) {
  for (const auto& [name, value] : Scrape(http_port)) {
    if (name == series) return value;
  }
  return -1;
}

double MetricSum(int http_port, absl::string_view name, absl::string_view label) {
  double sum = 0;
  for (const auto& [series, value] : Scrape(http_port)) {
    if (series.substr(0, series.find('{')) == name && absl::StrContains(series, label)) {
      sum += value;
    }
  }
  return sum;
}

}  // namespace signet::tests
