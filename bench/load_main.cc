// bench_load: puts one case on a gRPC server and prints what it measured; or prepares people,
// sessions and tokens for the cases.

#include <filesystem>
#include <iostream>

#include "CLI/CLI.hpp"
#include "absl/synchronization/mutex.h"
#include "bench/lines_file.h"
#include "bench/load.h"
#include "bench/people_workloads.h"
#include "bench/stream_load.h"
#include "bench/token_workloads.h"
#include "bench/watch_load.h"
#include "client/base/status_macros.h"

namespace signet::bench {
namespace {

struct Flags {
  std::string target;
  std::string directory;
  std::string name;
  std::string which;
  int connections = 4;
  size_t in_flight = 64;
  double rate = 0;
  double seconds = 3;
  double warm_up = 0.5;
  double deadline = 10;
  bool sleeps = false;
  int server = 0;
  uint64_t calls = 0;
  size_t people = 64;
  size_t sessions = 128;
  size_t tokens = 10'000;
  size_t watchers = 1'000;
};

std::string PathOf(const Flags& flags, absl::string_view file) {
  return absl::StrCat(flags.directory, "/", file);
}

LoadShape ShapeOf(const Flags& flags) {
  LoadShape shape{.connections = flags.connections,
                  .in_flight = flags.in_flight,
                  .rate = flags.rate,
                  .warm_up = absl::Seconds(flags.warm_up),
                  .length = absl::Seconds(flags.seconds),
                  .deadline = absl::Seconds(flags.deadline),
                  .sleeps = flags.sleeps,
                  .calls = flags.calls};
  if (flags.server > 0) shape.server = flags.server;
  return shape;
}

using Channels = std::vector<std::shared_ptr<grpc::Channel>>;

// Remembers the last answer, so that the limit's server can give the same one.
class Recording final : public Workload {
 public:
  explicit Recording(Workload& inner) : inner_(inner) {}
  const std::string& method() const override { return inner_.method(); }
  grpc::ByteBuffer Request(size_t lane) override { return inner_.Request(lane); }
  absl::Status Check(size_t lane, const grpc::ByteBuffer& answer) override {
    bytes_ = ToBytes(answer);
    return inner_.Check(lane, answer);
  }
  const std::string& bytes() const { return bytes_; }

 private:
  Workload& inner_;
  std::string bytes_;
};

// `calls` calls, every one of which has to succeed.
absl::Status RunAll(const Channels& channels, Workload& workload, size_t calls, size_t in_flight) {
  const LoadShape shape{.in_flight = in_flight, .deadline = absl::Seconds(60), .calls = calls};
  const auto measured = RunLoad(channels, workload, shape);
  if (!measured.ok()) return measured.status();
  if (measured->refused > 0) {
    return absl::UnavailableError(absl::StrCat(workload.method(), " was refused while preparing"));
  }
  return absl::OkStatus();
}

absl::Status RecordStream(const Channels& channels, const Flags& flags,
                          const std::vector<std::string>& tokens) {
  StreamWorkload workload(tokens);
  Recording recording(workload);
  const LoadShape shape{
      .in_flight = 1, .warm_up = absl::ZeroDuration(), .length = absl::Milliseconds(20)};
  const auto measured = RunStreams(channels, recording, shape);
  if (!measured.ok()) return measured.status();
  return WriteBytes(PathOf(flags, "answer_stream"), recording.bytes());
}

absl::Status Record(const Channels& channels, const Flags& flags, Workload& workload,
                    absl::string_view file) {
  Recording recording(workload);
  // Twice: the second answer comes from the cache, as those of the run do.
  SIGNET_RETURN_IF_ERROR(RunAll(channels, recording, 2, 1));
  return WriteBytes(PathOf(flags, absl::StrCat("answer_", file)), recording.bytes());
}

// The sizes of batch that are measured.
constexpr size_t kSmallBatch = 64;
constexpr size_t kLargeBatch = 256;

std::unique_ptr<Workload> TokenWorkload(const std::string& which,
                                        const std::vector<std::string>& tokens) {
  const auto batch = [&](size_t size, BatchAnswer answer) {
    return std::make_unique<BatchWorkload>(tokens, size, answer);
  };
  if (which == "batch64") return batch(kSmallBatch, BatchAnswer::kDecisions);
  if (which == "batch256") return batch(kLargeBatch, BatchAnswer::kDecisions);
  if (which == "batch256_claims") return batch(kLargeBatch, BatchAnswer::kClaims);
  return std::make_unique<ValidateWorkload>(tokens);
}

// Refreshing is the cheap way to many live access tokens: a login costs a password hash.
absl::Status Prepare(const Flags& flags) {
  std::filesystem::create_directories(flags.directory);
  auto channels = Connect(flags.target, 4);
  if (!channels.ok()) return channels.status();
  std::vector<std::string> refresh_tokens;
  std::vector<std::string> access_tokens;
  RegisterWorkload people;
  SIGNET_RETURN_IF_ERROR(RunAll(*channels, people, flags.people, 2));
  LoginWorkload logins(flags.people, &refresh_tokens, &access_tokens);
  SIGNET_RETURN_IF_ERROR(RunAll(*channels, logins, flags.sessions, 2));
  RefreshWorkload refreshes(refresh_tokens, &access_tokens);
  const size_t missing = flags.tokens - std::min(flags.tokens, access_tokens.size());
  if (missing > 0) SIGNET_RETURN_IF_ERROR(RunAll(*channels, refreshes, missing, 64));
  SIGNET_RETURN_IF_ERROR(WriteLines(PathOf(flags, "refresh_tokens"), refresh_tokens));
  SIGNET_RETURN_IF_ERROR(WriteLines(PathOf(flags, "access_tokens"), access_tokens));
  // Every token once: what is measured is the cache, and not how long it takes to fill.
  const auto warming = TokenWorkload("unary", access_tokens);
  SIGNET_RETURN_IF_ERROR(RunAll(*channels, *warming, access_tokens.size(), 64));
  for (const char* which : {"unary", "batch64", "batch256", "batch256_claims"}) {
    const auto workload = TokenWorkload(which, access_tokens);
    SIGNET_RETURN_IF_ERROR(Record(*channels, flags, *workload, which));
  }
  return RecordStream(*channels, flags, access_tokens);
}

absl::StatusOr<Measurement> RunTokens(const Channels& channels, const Flags& flags) {
  auto tokens = ReadLines(PathOf(flags, "access_tokens"));
  if (!tokens.ok()) return tokens.status();
  if (flags.which == "stream") {
    StreamWorkload workload(*tokens);
    return RunStreams(channels, workload, ShapeOf(flags));
  }
  return RunLoad(channels, *TokenWorkload(flags.which, *tokens), ShapeOf(flags));
}

// Revokes the last tokens that were prepared, which are then of no more use.
absl::StatusOr<Measurement> RunWatch(const Channels& channels, const Flags& flags) {
  auto tokens = ReadLines(PathOf(flags, "access_tokens"));
  if (!tokens.ok()) return tokens.status();
  if (flags.calls == 0 || flags.calls > tokens->size()) {
    return absl::InvalidArgumentError("--calls: how many tokens to revoke, of those prepared");
  }
  const size_t first = tokens->size() - flags.calls;
  auto measured = RunWatchers(channels, flags.watchers, absl::MakeSpan(*tokens).subspan(first));
  tokens->resize(first);
  SIGNET_RETURN_IF_ERROR(WriteLines(PathOf(flags, "access_tokens"), *tokens));
  return measured;
}

absl::StatusOr<Measurement> RunRefresh(const Channels& channels, const Flags& flags) {
  auto tokens = ReadLines(PathOf(flags, "refresh_tokens"));
  if (!tokens.ok()) return tokens.status();
  RefreshWorkload workload(*tokens, nullptr);
  auto measured = RunLoad(channels, workload, ShapeOf(flags));
  // The next run must begin where this one ended, or its sessions die as stolen.
  SIGNET_RETURN_IF_ERROR(WriteLines(PathOf(flags, "refresh_tokens"), *tokens));
  return measured;
}

absl::Status RunCase(const Flags& flags) {
  auto channels = Connect(flags.target, flags.connections);
  if (!channels.ok()) return channels.status();
  absl::StatusOr<Measurement> measured;
  if (flags.which == "refresh") {
    measured = RunRefresh(*channels, flags);
  } else if (flags.which == "watch") {
    measured = RunWatch(*channels, flags);
  } else if (flags.which == "login") {
    LoginWorkload workload(flags.people, nullptr, nullptr);
    measured = RunLoad(*channels, workload, ShapeOf(flags));
  } else if (flags.which == "find") {
    auto token = ReadLines(PathOf(flags, "administrator_token"));
    if (!token.ok()) return token.status();
    FindWorkload workload(flags.people, token->at(0));
    measured = RunLoad(*channels, workload, ShapeOf(flags));
  } else {
    measured = RunTokens(*channels, flags);
  }
  if (!measured.ok()) return measured.status();
  measured->name = flags.name;
  std::cout << FormatMeasurement(*measured) << std::endl;
  return absl::OkStatus();
}

int Exit(const absl::Status& status) {
  if (status.ok()) return 0;
  std::cerr << "bench_load: " << status.message() << "\n";
  return 1;
}

}  // namespace
}  // namespace signet::bench

int main(int argc, char** argv) {
  // As the server does: Debian's Abseil looks for cycles whenever gRPC takes a lock.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  signet::bench::Flags flags;
  CLI::App app{"Load on a gRPC server; latencies count from the moment at which a call was due."};
  app.require_subcommand(1);
  app.add_option("--target", flags.target, "host:port")->required();
  app.add_option("--dir", flags.directory, "where prepared tokens are kept")->required();
  app.add_option("--people", flags.people, "accounts");

  CLI::App* prepare = app.add_subcommand("prepare", "register, log in, refresh, record answers");
  prepare->add_option("--sessions", flags.sessions, "lineages");
  prepare->add_option("--tokens", flags.tokens, "live access tokens");

  CLI::App* run = app.add_subcommand("run", "measure one case");
  run->add_option(
         "--case", flags.which,
         "unary, stream, batch64, batch256, batch256_claims, refresh, login, find or watch")
      ->required()
      ->check(CLI::IsMember({"unary", "stream", "batch64", "batch256", "batch256_claims", "refresh",
                             "login", "find", "watch"}));
  run->add_option("--name", flags.name, "of the measurement")->required();
  run->add_option("--connections", flags.connections);
  run->add_option("--in-flight", flags.in_flight);
  run->add_option("--rate", flags.rate, "calls per second, open loop; 0: closed loop");
  run->add_option("--seconds", flags.seconds);
  run->add_option("--calls", flags.calls, "stop after this many instead");
  run->add_option("--watchers", flags.watchers, "streams of the case watch");
  run->add_option("--warm-up", flags.warm_up, "seconds");
  run->add_option("--deadline", flags.deadline, "of each call, seconds");
  run->add_flag("--sleeps", flags.sleeps, "leave the core to others between calls");
  run->add_option("--server-pid", flags.server, "whose CPU time is read");
  CLI11_PARSE(app, argc, argv);

  return signet::bench::Exit(prepare->parsed() ? signet::bench::Prepare(flags)
                                               : signet::bench::RunCase(flags));
}
