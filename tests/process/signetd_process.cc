#include "tests/process/signetd_process.h"

#include <array>
#include <csignal>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

namespace signet::tests {
namespace {

constexpr int kPasswordFd = 3;

// Appends what can be read; false at the end.
bool ReadSome(int fd, std::string& into) {
  std::array<char, 4096> buffer;
  const ssize_t size = read(fd, buffer.data(), buffer.size());
  if (size <= 0) return false;
  into.append(buffer.data(), static_cast<size_t>(size));
  return true;
}

void ReadOrClose(int& fd, std::string& into) {
  if (ReadSome(fd, into)) return;
  close(fd);
  fd = -1;
}

[[noreturn]] void Become(const std::vector<std::string>& command, int output, int errors,
                         int password) {
  dup2(output, STDOUT_FILENO);
  dup2(errors, STDERR_FILENO);
  if (password >= 0) dup2(password, kPasswordFd);
  std::vector<char*> arguments;
  for (const std::string& argument : command) {
    arguments.push_back(const_cast<char*>(argument.c_str()));  // execv keeps it as it is
  }
  arguments.push_back(nullptr);
  execv(arguments[0], arguments.data());
  _exit(127);
}

}  // namespace

Program::Program(const std::vector<std::string>& command, const std::string& password) {
  int output[2];
  int errors[2];
  int secret[2] = {-1, -1};
  if (pipe2(output, O_CLOEXEC) != 0 || pipe2(errors, O_CLOEXEC) != 0) std::abort();
  if (!password.empty()) {
    if (pipe2(secret, O_CLOEXEC) != 0) std::abort();
    if (write(secret[1], password.data(), password.size()) < 0) std::abort();
    close(secret[1]);
  }
  pid_ = fork();
  if (pid_ == 0) Become(command, output[1], errors[1], secret[0]);
  close(output[1]);
  close(errors[1]);
  if (secret[0] >= 0) close(secret[0]);
  output_fd_ = output[0];
  errors_fd_ = errors[0];
}

Program::~Program() {
  if (pid_ > 0) {
    kill(pid_, SIGKILL);
    waitpid(pid_, nullptr, 0);
  }
  for (const int fd : {output_fd_, errors_fd_}) {
    if (fd >= 0) close(fd);
  }
}

bool Program::ReadUntil(const std::string& text) { return ReadBoth(output_, text); }

bool Program::ReadErrorsUntil(const std::string& text) { return ReadBoth(errors_, text); }

// Both pipes, or a program that fills the unwatched one would stand still.
bool Program::ReadBoth(const std::string& watched, const std::string& text) {
  while (watched.find(text) == std::string::npos) {
    if (output_fd_ < 0 && errors_fd_ < 0) return false;
    std::array<pollfd, 2> ends = {pollfd{output_fd_, POLLIN, 0}, pollfd{errors_fd_, POLLIN, 0}};
    poll(ends.data(), ends.size(), -1);  // skips negative descriptors
    if (ends[0].revents != 0) ReadOrClose(output_fd_, output_);
    if (ends[1].revents != 0) ReadOrClose(errors_fd_, errors_);
  }
  return true;
}

int Program::Wait() {
  ReadBoth(output_, "\1 never printed");
  int status = 0;
  waitpid(pid_, &status, 0);
  pid_ = 0;
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

void Program::Signal(int signal) const { kill(pid_, signal); }

Finished RunProgram(const std::vector<std::string>& command, const std::string& password) {
  Program program(command, password);
  Finished finished;
  finished.code = program.Wait();
  finished.output = program.output();
  finished.errors = program.errors();
  return finished;
}

std::string HttpGet(int port, const std::string& path) {
  const int client = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  std::string reply;
  if (connect(client, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) {
    const std::string request = "GET " + path + " HTTP/1.1\r\nHost: localhost\r\n\r\n";
    if (send(client, request.data(), request.size(), MSG_NOSIGNAL) > 0) {
      while (ReadSome(client, reply)) {
      }
    }
  }
  close(client);
  return reply;
}

StateDirectory::StateDirectory() {
  std::string name = (std::filesystem::temp_directory_path() / "signetd-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr || chmod(name.c_str(), 0711) != 0) std::abort();
  path_ = name;
}

StateDirectory::~StateDirectory() {
  std::error_code ignored;
  std::filesystem::remove_all(path_, ignored);
}

std::string StateDirectory::Read(const std::string& name) const {
  std::ifstream file(path_ + "/" + name);
  return std::string(std::istreambuf_iterator<char>(file), {});
}

}  // namespace signet::tests
