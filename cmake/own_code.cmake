# signet_own_code(TARGET [TESTS]): the warnings that our own code is held to and, with SIGNET_PCH,
# the headers that most files include (with TESTS GoogleTest's too), read once for all targets: half
# of the compile time. The dev preset goes without, and so finds what a file forgot to include.
#
# With CMAKE_UNITY_BUILD several files of a target are one translation unit: what they include takes most
# of each compilation. So a name that only its file knows must not be that of another file of the target.
if(SIGNET_PCH)
  # What ccache needs to see through a precompiled header of GCC.
  add_compile_options($<$<CXX_COMPILER_ID:GNU>:-fpch-preprocess>)
  set(common <algorithm> <atomic> <chrono> <functional> <map> <memory> <mutex> <optional> <string>
      <thread> <variant> <vector> <absl/status/statusor.h> <absl/strings/str_cat.h>
      <absl/strings/string_view.h> <absl/time/time.h>)
  set(empty "${CMAKE_BINARY_DIR}/precompiled.cc")
  file(CONFIGURE OUTPUT "${empty}" CONTENT "")

  add_library(signet_headers OBJECT "${empty}")
  target_link_libraries(signet_headers PRIVATE absl::statusor absl::strings absl::time)
  target_precompile_headers(signet_headers PRIVATE ${common})

  add_library(signet_test_headers OBJECT "${empty}")
  target_link_libraries(signet_test_headers PRIVATE absl::statusor absl::strings absl::time GTest::gmock_main)
  target_precompile_headers(signet_test_headers PRIVATE ${common} <gmock/gmock.h> <gtest/gtest.h>)
  foreach(target signet_headers signet_test_headers)
    target_compile_options(${target} PRIVATE ${SIGNET_WARNINGS})
  endforeach()
  # A test is an executable, and GCC takes no header that was compiled for a library.
  set_target_properties(signet_test_headers PROPERTIES POSITION_INDEPENDENT_CODE OFF)
  target_compile_options(signet_test_headers PRIVATE -fPIE)
endif()

function(signet_own_code target)
  target_compile_options(${target} PRIVATE ${SIGNET_WARNINGS})
  if(CMAKE_UNITY_BUILD)
    # A local name, of another file's; and GCC takes the files of a batch for headers of it.
    target_compile_options(${target} PRIVATE -Wno-shadow $<$<CXX_COMPILER_ID:GNU>:-Wno-subobject-linkage>)
  endif()
  get_target_property(type ${target} TYPE)
  if(SIGNET_PCH AND "TESTS" IN_LIST ARGN)
    target_precompile_headers(${target} REUSE_FROM signet_test_headers)
  elseif(SIGNET_PCH AND NOT type STREQUAL EXECUTABLE)
    target_precompile_headers(${target} REUSE_FROM signet_headers)
  endif()
endfunction()
