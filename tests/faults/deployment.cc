#include "tests/faults/deployment.h"

#include <cstdio>

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

Deployment::Deployment(size_t servers, const ServerProcess::Settings& settings) {
  for (size_t i = 0; i < servers; ++i) {
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
  return Sql(database_, R"sql(
    SELECT 'made ' || count(*) || ' times', session_id, generation
      FROM signet.lineage_history WHERE kind IN (1, 2)
     GROUP BY session_id, generation HAVING count(*) <> 1
    UNION ALL
    SELECT 'leaf is not the last of its history', l.session_id, l.generation
      FROM signet.lineages AS l
      LEFT JOIN signet.lineage_history AS h
        ON h.session_id = l.session_id AND h.generation = l.generation AND h.kind IN (1, 2)
     WHERE h.secret_hash IS DISTINCT FROM l.leaf_hash
        OR l.generation + 1 <> (SELECT count(*) FROM signet.lineage_history AS all_of
                                 WHERE all_of.session_id = l.session_id AND all_of.kind IN (1, 2))
    UNION ALL
    SELECT 'ended ' || count(*) || ' times', session_id, max(generation)
      FROM signet.lineage_history WHERE kind IN (4, 5)
     GROUP BY session_id HAVING count(*) <> 1
    UNION ALL
    SELECT 'revoked ' || count(*) || ' times: ' || subject, NULL, NULL
      FROM signet.revocation_log WHERE kind = 2 GROUP BY subject HAVING count(*) <> 1
    UNION ALL
    SELECT 'gap in the revocation log', NULL, NULL
      FROM signet.revocation_head
     WHERE last <> (SELECT count(DISTINCT sequence) FROM signet.revocation_log)
        OR last <> (SELECT coalesce(max(sequence), 0) FROM signet.revocation_log))sql");
}

int32_t GenerationOf(const std::string& refresh_token) {
  const auto token = domain::RefreshToken::Parse(refresh_token);
  return token ? token->generation : -1;
}

}  // namespace signet::tests
