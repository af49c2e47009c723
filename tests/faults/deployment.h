#pragma once

#include <memory>
#include <string>
#include <vector>

#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "tests/harness/client.h"
#include "tests/harness/eventually.h"
#include "tests/harness/server_process.h"

namespace signet::tests {

// What every account of these tests logs in with.
inline constexpr char kPassword[] = "vellum-oxbow-quarry-41";

// Some servers over one database, each with a client. Patient limits: a test of faults that runs on
// a busy machine is to fail for the fault alone.
class Deployment {
 public:
  explicit Deployment(size_t servers, const ServerProcess::Settings& settings = {})
      : Deployment(std::vector<ServerProcess::Settings>(servers, settings)) {}
  // One server for each.
  explicit Deployment(const std::vector<ServerProcess::Settings>& each);
  // Prints what the servers logged when the test failed.
  ~Deployment();
  Deployment(const Deployment&) = delete;
  Deployment& operator=(const Deployment&) = delete;

  ServerProcess& server(size_t i) { return *servers_[i]; }
  Client& client(size_t i) { return *clients_[i]; }
  const TestDatabase& database() const { return database_; }

  // Registers an account and logs it in, both through client 0.
  v1::LoginResponse SignUp(const std::string& email);
  // Logs in through client `i`.
  v1::LoginResponse Login(const std::string& email, size_t i = 0);
  // The first administrator's login.
  v1::LoginResponse Administrator();

  // The one number that `sql` returns.
  int64_t Number(const std::string& sql) const;
  // What is wrong with the lineages and the revocation log, whatever happened to them: a generation
  // that was made twice or never, a leaf that is not the last of its history, a gap in the log.
  // Empty: nothing.
  std::string Violations() const;

 private:
  TestDatabase database_;
  std::vector<std::unique_ptr<ServerProcess>> servers_;
  std::vector<std::unique_ptr<Client>> clients_;
};

// The generation in a refresh token; -1 for something else.
int32_t GenerationOf(const std::string& refresh_token);

// How often a race is run: 200 times, or as SIGNET_RACE_ROUNDS says, in tens.
int RaceRounds();

}  // namespace signet::tests
