// bench_timing: can the time of an answer tell why it was "no"? Sends calls of every kind of
// failure in turns, in a new random order each round, and prints how well the durations of each
// kind tell it from the first one. bench/timing prepares the accounts.

#include <algorithm>
#include <fstream>
#include <functional>
#include <iostream>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "CLI/CLI.hpp"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "bench/auc.h"
#include "bench/load.h"
#include "client/base/status_macros.h"
#include "signet/v1/auth_service.grpc.pb.h"

namespace signet::bench {
namespace {

using Stub = v1::AuthService::Stub;

// Every sample is the first failure of an account of its own: nobody is slowed down or locked out
// for what an earlier sample did.
std::string EmailOf(const std::string& kind, int sample) {
  return absl::StrCat(kind, "-", sample, "@timing.example");
}

constexpr char kWrongPassword[] = "not-the-password-of-anybody";

struct Kind {
  std::string name;
  std::string group;  // kinds are compared with the first one of their group
  std::function<grpc::Status(Stub&, grpc::ClientContext&, int sample)> call;
};

Kind LoginKind(const std::string& name, const std::string& password) {
  return {name, "login", [name, password](Stub& stub, grpc::ClientContext& context, int sample) {
            v1::LoginRequest request;
            request.set_email(EmailOf(name, sample));
            request.set_password(password);
            v1::LoginResponse response;
            return stub.Login(&context, request, &response);
          }};
}

Kind ResetKind(const std::string& name) {
  return {name, "reset", [name](Stub& stub, grpc::ClientContext& context, int sample) {
            v1::RequestPasswordResetRequest request;
            request.set_email(EmailOf(name, sample));
            v1::RequestPasswordResetResponse response;
            return stub.RequestPasswordReset(&context, request, &response);
          }};
}

std::vector<Kind> Kinds() {
  return {
      LoginKind("wrong_password", kWrongPassword),
      LoginKind("unknown", kWrongPassword),
      LoginKind("disabled", kWrongPassword),
      LoginKind("bcrypt", kWrongPassword),
      LoginKind("longest_password", std::string(1024, 'x')),
      LoginKind("second_factor", kWrongPassword),
      LoginKind("locked", kWrongPassword),
      ResetKind("reset_known"),
      ResetKind("reset_unknown"),
  };
}

// Logins are refused, all in one way, and resets accepted, or the time is the least of what is
// told.
absl::StatusOr<double> Microseconds(const Kind& kind, Stub& stub, int sample) {
  grpc::ClientContext context;
  const absl::Time start = absl::Now();
  const grpc::Status status = kind.call(stub, context, sample);
  const absl::Duration taken = absl::Now() - start;
  const bool as_expected = kind.group == "login"
                               ? status.error_code() == grpc::StatusCode::UNAUTHENTICATED
                               : status.ok();
  if (!as_expected) {
    return absl::InternalError(absl::StrCat(kind.name, ": ", status.error_message()));
  }
  return absl::ToDoubleMicroseconds(taken);
}

double Median(std::vector<double> values) {
  std::nth_element(values.begin(), values.begin() + static_cast<ptrdiff_t>(values.size() / 2),
                   values.end());
  return values[values.size() / 2];
}

struct Flags {
  std::string target;
  int samples = 400;
  bool json = false;
  double allowed = 0.08;  // distance from 0.5
};

absl::StatusOr<std::map<std::string, std::vector<double>>> Measure(const Flags& flags) {
  SIGNET_ASSIGN_OR_RETURN(const auto channels, Connect(flags.target, 1));
  const std::unique_ptr<Stub> stub = v1::AuthService::NewStub(channels[0]);
  std::vector<Kind> kinds = Kinds();
  std::map<std::string, std::vector<double>> durations;
  std::mt19937 order(std::random_device{}());
  for (int sample = 0; sample < flags.samples; ++sample) {
    std::shuffle(kinds.begin(), kinds.end(), order);
    for (const Kind& kind : kinds) {
      SIGNET_ASSIGN_OR_RETURN(const double taken, Microseconds(kind, *stub, sample));
      durations[kind.name].push_back(taken);
    }
    if (sample % 50 == 49) std::cerr << "timing: " << sample + 1 << " of " << flags.samples << "\n";
  }
  return durations;
}

// The number of kinds that can be told from the first one of their group.
int Report(const Flags& flags, std::map<std::string, std::vector<double>>& durations) {
  int told = 0;
  std::map<std::string, std::string> reference;
  if (!flags.json) std::cout << "kind                 median ms     AUC\n";
  for (const Kind& kind : Kinds()) {
    const auto& first = durations[reference.emplace(kind.group, kind.name).first->second];
    const double area = AreaUnderCurve(durations[kind.name], first);
    const bool tells = std::abs(area - 0.5) > flags.allowed;
    told += tells ? 1 : 0;
    const double median = Median(durations[kind.name]) / 1000;
    std::cout << (flags.json
                      ? absl::StrFormat(R"({"name":"%s","median_ms":%.3f,"auc":%.3f,"tells":%s})"
                                        "\n",
                                        kind.name, median, area, tells ? "true" : "false")
                      : absl::StrFormat("%-20s %9.3f   %.3f%s\n", kind.name, median, area,
                                        tells ? "   TELLS" : ""));
  }
  return told;
}

int Run(const Flags& flags) {
  auto durations = Measure(flags);
  if (!durations.ok()) {
    std::cerr << "bench_timing: " << durations.status().message() << "\n";
    return 1;
  }
  return Report(flags, *durations) == 0 ? 0 : 1;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  signet::bench::Flags flags;
  CLI::App app{"How well the time of a refusal tells its reason; 0.5: not at all."};
  app.add_option("--target", flags.target, "host:port")->required();
  app.add_option("--samples", flags.samples, "calls of each kind")->check(CLI::Range(1, 100000));
  app.add_option("--allowed", flags.allowed, "distance of the area from 0.5 that is no finding");
  app.add_flag("--json", flags.json, "one JSON object a line");
  CLI11_PARSE(app, argc, argv);
  return signet::bench::Run(flags);
}
