#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/harness/client.h"
#include "tests/harness/server_process.h"

namespace signet::clients {

// A server whose issuer is its own HTTP port, so that discovery leads back to it, with a person and
// a service account.
class ClientFixture : public ::testing::Test {
 protected:
  // `rules`: the file of /authz; empty: none.
  static void StartService(const std::string& rules = "");
  static void TearDownTestSuite();

  static std::string issuer();
  static int http_port() { return http_port_; }
  static tests::ServerProcess& server() { return *server_; }
  static const tests::ScratchDirectory& scratch() { return *scratch_; }

  // A new person, logged in.
  static v1::LoginResponse NewSession();

  // A second process over the same database, with TLS and a certificate of its own making; its
  // port.
  static int StartWithTls();

  // The service account "reader", and a key of it that may have the scope "invoices".
  static const std::string& api_key() { return api_key_; }

  // What a client program is told; a new session for each.
  static std::map<std::string, std::string> Environment();

 private:
  static void MakeApiKey();

  static inline std::unique_ptr<tests::ScratchDirectory> scratch_;
  static inline std::unique_ptr<tests::TestDatabase> database_;
  static inline std::unique_ptr<tests::ServerProcess> server_;
  static inline std::unique_ptr<tests::ServerProcess> with_tls_;
  static inline std::unique_ptr<tests::Client> client_;
  static inline int http_port_ = 0;
  static inline std::string api_key_;
};

// Runs a program that says "ok" when all is well, within a time that a registry that does not
// answer cannot stretch.
void ExpectOk(const std::vector<std::string>& arguments,
              const std::map<std::string, std::string>& environment);

}  // namespace signet::clients
