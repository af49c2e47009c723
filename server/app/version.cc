#include "server/app/version.h"

namespace signet::app {

const char* Version() { return SIGNET_VERSION; }

}  // namespace signet::app
