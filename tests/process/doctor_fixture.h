#pragma once

#include <map>
#include <regex>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/harness/program.h"
#include "tests/harness/server_process.h"
#include "tests/harness/test_database.h"

namespace signet::tests {

inline constexpr size_t kChecks = 20;  // with the configuration
inline constexpr char kFaketime[] = "/usr/bin/faketime";

struct Report {
  int exit_code = -1;
  std::map<std::string, std::string> verdicts;
  std::map<std::string, std::string> seen;
  std::string text;

  // "keys=fail" of each that is neither ok nor skipped.
  std::vector<std::string> Unwell() const {
    std::vector<std::string> unwell;
    for (const auto& [check, verdict] : verdicts) {
      if (verdict != "ok" && verdict != "skipped")
        unwell.push_back(absl::StrCat(check, "=", verdict));
    }
    return unwell;
  }
};

inline Report ReadReport(const ProgramResult& result) {
  Report report{
      .exit_code = result.exit_code, .verdicts = {}, .seen = {}, .text = result.out + result.err};
  const std::regex one(
      R"re("check":"([a-z-]+)","verdict":"([a-z]+)","seen":"((?:[^"\\]|\\.)*)")re");
  for (std::sregex_iterator at(result.out.begin(), result.out.end(), one), end; at != end; ++at) {
    report.verdicts[(*at)[1]] = (*at)[2];
    report.seen[(*at)[1]] = (*at)[3];
  }
  return report;
}

// The whole database, without the random words that pg_dump begins and ends with.
inline std::string RowsOf(const TestDatabase& database) {
  return std::regex_replace(Dump(database), std::regex(R"(\\(un)?restrict \w+)"), "");
}

// A database that a server has made its keys in, and that no server runs over now.
class Doctor : public testing::Test {
 protected:
  Doctor() : server_(database_) {
    server_.Start();
    server_.Terminate();
  }

  Report Examine(const std::vector<std::string>& more = {},
                 const std::map<std::string, std::string>& environment = {}) const {
    std::vector<std::string> arguments = {"doctor", "--json"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return ReadReport(server_.RunCommand(arguments, "", environment));
  }

  // A key and a certificate for localhost and the issuer, made `shift` ("-30d") and good for
  // so many days; returns the prefix of both files.
  std::string MakeCertificate(const std::string& name, const std::string& shift, int days,
                              const std::string& host = "id.test.example") const {
    const std::string prefix = scratch_.File(name);
    const ProgramResult made = RunProgram(
        {.arguments = {kFaketime,
                       "-f",
                       shift,
                       "/usr/bin/openssl",
                       "req",
                       "-x509",
                       "-newkey",
                       "ec",
                       "-pkeyopt",
                       "ec_paramgen_curve:P-256",
                       "-nodes",
                       "-subj",
                       "/CN=" + host,
                       "-addext",
                       absl::StrCat("subjectAltName=DNS:", host, ",DNS:localhost,IP:127.0.0.1"),
                       "-days",
                       absl::StrCat(days),
                       "-keyout",
                       prefix + ".key",
                       "-out",
                       prefix + ".pem"}});
    EXPECT_EQ(made.exit_code, 0) << made.err;
    return prefix;
  }

  static std::vector<std::string> WithTls(const std::string& prefix) {
    return {"--listen.tls_certificate=" + prefix + ".pem", "--listen.tls_key=" + prefix + ".key"};
  }

  const ScratchDirectory scratch_;
  const TestDatabase database_;
  ServerProcess server_;
};

}  // namespace signet::tests
