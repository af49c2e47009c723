#include <cstdio>

#include "server/app/commands.h"
#include "server/app/json_door.h"

namespace signet::app {

int PrintOpenApi() { return std::fputs(OpenApiDocument().c_str(), stdout) >= 0 ? 0 : 1; }

}  // namespace signet::app
