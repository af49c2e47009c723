#pragma once

#include <memory>
#include <string>

#include <gmock/gmock.h>

#include "tests/contract/service_client.h"
#include "tests/harness/server_process.h"

namespace signet::contract {

inline constexpr char kPassword[] = "vellum-oxbow-quarry-41";
inline constexpr char kOtherPassword[] = "lattice+Harbour*1887 moss";
inline constexpr char kAdminEmail[] = "root@admin.example";

// A suite over one server process: SetUpTestSuite() of the suite calls StartService().
class ServiceTest : public ::testing::Test {
 protected:
  static void StartService(const tests::ServerProcess::Settings& settings = {});
  static void TearDownTestSuite();

  static const tests::TestDatabase& database() { return *database_; }
  static tests::ServerProcess& server() { return *server_; }
  static ServiceClient& client() { return *client_; }

  // An account that no other test has, registered; its address.
  static std::string NewPerson();
  // The same, logged in.
  static v1::LoginResponse NewSession();
  static v1::LoginResponse LoginOf(const std::string& email,
                                   const std::string& password = kPassword);
  // An access token of the first administrator, made by `signetd bootstrap` on first use.
  static std::string AdminToken();

 private:
  static inline std::unique_ptr<tests::TestDatabase> database_;
  static inline std::unique_ptr<tests::ServerProcess> server_;
  static inline std::unique_ptr<ServiceClient> client_;
  static inline bool bootstrapped_ = false;
};

}  // namespace signet::contract
