#pragma once

namespace signet::app {

// Of the build, from CMakeLists.txt: "0.1.0".
const char* Version();

}  // namespace signet::app
