#include "server/embedded/private_cluster.h"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <optional>
#include <sstream>
#include <utility>

#include <fcntl.h>
#include <signal.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "client/base/status_macros.h"
#include "server/embedded/socket_directory.h"

namespace signet::embedded {
namespace {

namespace fs = std::filesystem;

constexpr char kOwner[] = "signet_owner";
constexpr char kService[] = "signet_service";
constexpr absl::Duration kStartTimeout = absl::Seconds(60);  // crash recovery may have to run
constexpr absl::Duration kStopTimeout = absl::Seconds(30);

std::string ReadFile(const fs::path& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

// The newest of Debian's versioned directories, or what SIGNET_POSTGRES_BIN names.
absl::StatusOr<std::string> FindBinaries() {
  if (const char* named = std::getenv("SIGNET_POSTGRES_BIN"); named != nullptr) return named;
  int newest = 0;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator("/usr/lib/postgresql", error)) {
    int version = 0;
    if (!absl::SimpleAtoi(entry.path().filename().string(), &version)) continue;
    if (fs::exists(entry.path() / "bin" / "initdb")) newest = std::max(newest, version);
  }
  if (newest > 0) return absl::StrCat("/usr/lib/postgresql/", newest, "/bin");
  return absl::FailedPreconditionError(
      "no PostgreSQL server is installed: run `apt-get install postgresql`, or set "
      "SIGNET_POSTGRES_BIN to the directory of initdb");
}

// The lines of postmaster.pid: 1 process id, 8 "ready" once it takes connections.
struct PidFile {
  pid_t pid = 0;
  bool ready = false;
};

PidFile ReadPidFile(const std::string& data_dir) {
  const std::vector<std::string> lines =
      absl::StrSplit(ReadFile(fs::path(data_dir) / "postmaster.pid"), '\n');
  PidFile file;
  if (!absl::SimpleAtoi(lines[0], &file.pid)) return file;
  file.ready = lines.size() > 7 && absl::StripAsciiWhitespace(lines[7]) == "ready";
  return file;
}

// A process id may have been given to somebody else: only a server of this very directory counts.
bool RunsCluster(pid_t pid, const std::string& data_dir) {
  if (pid <= 1) return false;
  const std::string command = ReadFile(absl::StrCat("/proc/", pid, "/cmdline"));
  return absl::StrContains(command, "postgres") && absl::StrContains(command, data_dir);
}

// A value of a libpq connection string.
std::string Quoted(absl::string_view value) {
  std::string quoted = "'";
  for (const char c : value) {
    if (c == '\'' || c == '\\') quoted.push_back('\\');
    quoted.push_back(c);
  }
  quoted.push_back('\'');
  return quoted;
}

std::string ConninfoOf(absl::string_view state_dir, absl::string_view user,
                       absl::string_view database) {
  return absl::StrCat("host=", Quoted(SocketDirectory(state_dir)), " user=", user,
                      " dbname=", Quoted(database));
}

}  // namespace

PrivateCluster::PrivateCluster(Options options, std::string binaries, RunAs user)
    : options_(std::move(options)), binaries_(std::move(binaries)), user_(user) {}

PrivateCluster::~PrivateCluster() {
  (void)Stop();
  if (lock_ >= 0) close(lock_);
}

absl::StatusOr<std::unique_ptr<PrivateCluster>> PrivateCluster::Start(Options options) {
  if (!absl::StartsWith(options.state_dir, "/")) {
    return absl::InvalidArgumentError("the state directory has to be an absolute path");
  }
  SIGNET_ASSIGN_OR_RETURN(std::string binaries, FindBinaries());
  SIGNET_ASSIGN_OR_RETURN(const RunAs user, RunAs::Unprivileged());
  auto cluster = std::unique_ptr<PrivateCluster>(
      new PrivateCluster(std::move(options), std::move(binaries), user));
  SIGNET_RETURN_IF_ERROR(cluster->Prepare());
  SIGNET_RETURN_IF_ERROR(cluster->Launch());
  SIGNET_RETURN_IF_ERROR(cluster->MakeRoleAndDatabase());
  return cluster;
}

absl::Status PrivateCluster::Prepare() {
  std::error_code error;
  if (!fs::exists(options_.state_dir)) {
    fs::create_directories(options_.state_dir, error);
    if (error)
      return absl::FailedPreconditionError(absl::StrCat("cannot make ", options_.state_dir));
    // PostgreSQL's user has to get through; what is secret inside has modes of its own.
    chmod(options_.state_dir.c_str(), 0711);
  }
  SIGNET_RETURN_IF_ERROR(Lock());
  SIGNET_RETURN_IF_ERROR(EndOrphan());
  SIGNET_RETURN_IF_ERROR(MakePrivateDirectory(SocketDirectory(options_.state_dir), user_));
  return InitialiseData();
}

absl::Status PrivateCluster::Lock() {
  const std::string path = absl::StrCat(options_.state_dir, "/cluster.lock");
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (lock_ < 0) return absl::ErrnoToStatus(errno, absl::StrCat("open ", path));
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  return absl::FailedPreconditionError(
      absl::StrCat("another process already runs the database in ", options_.state_dir));
}

// We hold the lock, so a server that still runs lost its parent: it is ending, or has to.
absl::Status PrivateCluster::EndOrphan() {
  const absl::Time deadline = absl::Now() + kStopTimeout;
  bool signalled = false;
  while (absl::Now() < deadline) {
    const pid_t pid = ReadPidFile(DataDir()).pid;
    if (!RunsCluster(pid, DataDir())) return absl::OkStatus();
    if (!std::exchange(signalled, true)) kill(pid, SIGINT);
    absl::SleepFor(absl::Milliseconds(20));
  }
  return absl::FailedPreconditionError(
      absl::StrCat("a PostgreSQL server left over in ", DataDir(), " does not end"));
}

// Into a directory aside, renamed when complete: one that was killed half-way leaves no cluster
// that looks like one.
absl::Status PrivateCluster::InitialiseData() {
  if (fs::exists(DataDir())) return absl::OkStatus();
  const std::string fresh = DataDir() + ".new";
  std::error_code error;
  fs::remove_all(fresh, error);
  SIGNET_RETURN_IF_ERROR(MakePrivateDirectory(fresh, user_));
  SIGNET_RETURN_IF_ERROR(
      RunToEnd({binaries_ + "/initdb", "-D", fresh, "-U", kOwner, "-E", "UTF8", "--locale=C.UTF-8",
                "--auth-local=trust", "--auth-host=reject", "--no-sync"},
               user_)
          .status());
  fs::rename(fresh, DataDir(), error);
  if (!error) return absl::OkStatus();
  return absl::FailedPreconditionError(absl::StrCat("cannot make ", DataDir()));
}

absl::Status PrivateCluster::Launch() {
  std::vector<std::string> command = {binaries_ + "/postgres",
                                      "-D",
                                      DataDir(),
                                      "-k",
                                      SocketDirectory(options_.state_dir),
                                      "-c",
                                      "listen_addresses=",
                                      "-c",
                                      "unix_socket_permissions=0700"};
  for (const std::string& setting : options_.settings) {
    command.push_back("-c");
    command.push_back(setting);
  }
  const std::string log = absl::StrCat(options_.state_dir, "/postgres.log");
  SIGNET_ASSIGN_OR_RETURN(server_, StartInBackground(command, user_, log, SIGINT));
  return AwaitReady();
}

absl::Status PrivateCluster::AwaitReady() {
  const absl::Time deadline = absl::Now() + kStartTimeout;
  while (absl::Now() < deadline) {
    const PidFile file = ReadPidFile(DataDir());
    if (file.pid == server_ && file.ready) return absl::OkStatus();
    if (AwaitExit(server_, absl::ZeroDuration())) {
      server_ = 0;
      break;
    }
    absl::SleepFor(absl::Milliseconds(5));
  }
  const std::string log = ReadFile(absl::StrCat(options_.state_dir, "/postgres.log"));
  (void)Stop();
  return absl::FailedPreconditionError(
      absl::StrCat("PostgreSQL did not start; the end of its log:\n",
                   log.substr(log.size() - std::min<size_t>(log.size(), 2000))));
}

absl::Status PrivateCluster::MakeRoleAndDatabase() {
  const auto role = RunClient("createuser", {"--login", kService});
  if (!role.ok() && !absl::StrContains(role.status().message(), "already exists")) {
    return role.status();
  }
  return CreateDatabase(options_.database);
}

absl::Status PrivateCluster::CreateDatabase(const std::string& name, const std::string& source) {
  std::vector<std::string> arguments = {"-O", kOwner};
  if (!source.empty()) arguments.insert(arguments.end(), {"-T", source});
  arguments.push_back(name);
  const auto made = RunClient("createdb", std::move(arguments));
  if (made.ok() || absl::StrContains(made.status().message(), "already exists")) {
    return absl::OkStatus();
  }
  return made.status();
}

absl::Status PrivateCluster::DropDatabase(const std::string& name) {
  return RunClient("dropdb", {"--force", "--if-exists", name}).status();
}

absl::StatusOr<std::string> PrivateCluster::RunClient(absl::string_view program,
                                                      std::vector<std::string> arguments) const {
  std::vector<std::string> command = {absl::StrCat(binaries_, "/", program), "-h",
                                      SocketDirectory(options_.state_dir), "-U", kOwner};
  for (std::string& argument : arguments) command.push_back(std::move(argument));
  return RunToEnd(command, user_);
}

absl::Status PrivateCluster::Stop() { return End(SIGINT); }

absl::Status PrivateCluster::Crash() { return End(SIGQUIT); }

absl::Status PrivateCluster::Restart() {
  SIGNET_RETURN_IF_ERROR(Stop());
  return Launch();
}

absl::Status PrivateCluster::End(int signal) {
  if (server_ == 0) return absl::OkStatus();
  kill(server_, signal);
  const bool ended = AwaitExit(server_, kStopTimeout).has_value();
  if (!ended) {
    kill(server_, SIGQUIT);
    (void)AwaitExit(server_, kStopTimeout);
  }
  server_ = 0;
  if (ended) return absl::OkStatus();
  return absl::DeadlineExceededError("PostgreSQL had to be stopped without a checkpoint");
}

std::string PrivateCluster::DataDir() const {
  return absl::StrCat(options_.state_dir, "/postgres");
}

std::string PrivateCluster::OwnerConninfo(absl::string_view database) const {
  return ConninfoOf(options_.state_dir, kOwner, database.empty() ? options_.database : database);
}

std::string PrivateCluster::ServiceConninfo(absl::string_view database) const {
  return ConninfoOf(options_.state_dir, kService, database.empty() ? options_.database : database);
}

std::string PrivateCluster::OwnerConninfoOf(absl::string_view state_dir) {
  return ConninfoOf(state_dir, kOwner, Options().database);
}

std::string PrivateCluster::ServiceConninfoOf(absl::string_view state_dir) {
  return ConninfoOf(state_dir, kService, Options().database);
}

}  // namespace signet::embedded
