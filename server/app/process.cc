#include "server/app/process.h"

#include <csignal>

#include <sys/prctl.h>
#include <sys/resource.h>

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

}  // namespace signet::app
