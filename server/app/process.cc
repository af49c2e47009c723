#include "server/app/process.h"

#include <csignal>

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "client/base/random.h"

namespace signet::app {

void HardenProcess() {
  const rlimit none{0, 0};
  setrlimit(RLIMIT_CORE, &none);
  // A core pattern that pipes to a program ignores the limit, but not this; and nobody but root
  // may then read /proc/self/mem.
  prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);

  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur < files.rlim_max) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
  std::signal(SIGPIPE, SIG_IGN);
}

std::string ReplicaName() {
  static const std::string name = [] {
    char host[256] = "";
    gethostname(host, sizeof host - 1);
    return absl::StrCat(host, "/", getpid(), "/", absl::BytesToHexString(base::RandomBytes(4)));
  }();
  return name;
}

}  // namespace signet::app
