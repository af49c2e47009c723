#include "tests/faults/deployment.h"

#include <cstdio>
#include <cstdlib>
#include <fstream>
#include <sstream>

#include <gtest/gtest.h>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "server/domain/sessions/refresh_token.h"

namespace signet::tests {
namespace {

ServerProcess::Settings Patient(const ServerProcess::Settings& settings) {
  ServerProcess::Settings all = settings;
  all.emplace("database.lease_timeout", "30s");
  all.emplace("database.statement_timeout", "30s");
  all.emplace("limits.call_timeout", "30s");
  all.emplace("tokens.replay_window", "5m");
  all.emplace("log.calls", "errors");
  return all;
}

}  // namespace

Deployment::Deployment(const std::vector<ServerProcess::Settings>& each) {
  for (const ServerProcess::Settings& settings : each) {
    servers_.push_back(std::make_unique<ServerProcess>(database_, Patient(settings)));
    servers_.back()->Start();
    clients_.push_back(std::make_unique<Client>(servers_.back()->grpc_address()));
  }
}

Deployment::~Deployment() {
  if (!testing::Test::HasFailure()) return;
  for (const auto& server : servers_) std::fprintf(stderr, "%s\n", server->log().c_str());
}

v1::LoginResponse Deployment::SignUp(const std::string& email) {
  const auto registered = client(0).Register(email, kPassword);
  EXPECT_TRUE(registered.ok()) << registered.status.error_message();
  return Login(email);
}

v1::LoginResponse Deployment::Login(const std::string& email, size_t i) {
  auto reply = client(i).Login(email, kPassword);
  EXPECT_TRUE(reply.ok()) << reply.status.error_message();
  return std::move(reply.message);
}

v1::LoginResponse Deployment::Administrator() {
  const ProgramResult result = server(0).RunCommand(
      {"bootstrap", "--email", "admin@example.com", "--password-fd", "3"}, kPassword);
  EXPECT_EQ(result.exit_code, 0) << result.err;
  return Login("admin@example.com");
}

int64_t Deployment::Number(const std::string& sql) const {
  int64_t number = -1;
  const std::string text = Sql(database_, sql);
  EXPECT_TRUE(absl::SimpleAtoi(absl::StripAsciiWhitespace(text), &number)) << sql << ": " << text;
  return number;
}

std::string Deployment::Violations() const {
  std::ifstream file(SIGNET_SOURCE_DIR "/tests/faults/violations.sql");
  std::stringstream violations;
  violations << file.rdbuf();
  EXPECT_FALSE(violations.str().empty());
  return Sql(database_, absl::StrCat(violations.str(), R"sql(
    UNION ALL
    SELECT 'revoked ' || count(*) || ' times: ' || subject, NULL, NULL
      FROM signet.revocation_log WHERE kind = 2 GROUP BY subject HAVING count(*) <> 1)sql"));
}

int32_t GenerationOf(const std::string& refresh_token) {
  const auto token = domain::RefreshToken::Parse(refresh_token);
  return token ? token->generation : -1;
}

int RaceRounds() {
  const char* const asked = std::getenv("SIGNET_RACE_ROUNDS");
  int rounds = 200;
  if (asked == nullptr) return rounds;
  if (absl::SimpleAtoi(asked, &rounds) && rounds > 0 && rounds % 10 == 0) return rounds;
  std::fprintf(stderr, "SIGNET_RACE_ROUNDS is no number of tens: %s\n", asked);
  std::abort();
}

}  // namespace signet::tests
