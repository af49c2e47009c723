set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

option(SIGNET_CHECK_HEADERS "Compile every public header alone" OFF)
option(SIGNET_COVERAGE "Instrument for line coverage (gcov)" OFF)
option(SIGNET_FUZZ "Build the fuzz targets (clang only)" OFF)
option(SIGNET_LTO "Link-time optimisation" OFF)
option(SIGNET_PCH "Precompile the headers that everybody includes" OFF)
set(SIGNET_SANITIZE "" CACHE STRING "Value for -fsanitize=, empty for none")

find_program(CCACHE ccache)
if(CCACHE)
  # Paths relative to the checkout, so that a clone elsewhere finds what another one compiled. The
  # sloppiness is what ccache asks for with precompiled headers.
  set(launcher "${CMAKE_COMMAND}" -E env "CCACHE_BASEDIR=${CMAKE_SOURCE_DIR}" CCACHE_NOHASHDIR=true
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime "${CCACHE}")
  set(CMAKE_C_COMPILER_LAUNCHER "${launcher}")
  set(CMAKE_CXX_COMPILER_LAUNCHER "${launcher}")
endif()

find_program(LLD ld.lld)
if(LLD AND NOT SIGNET_LTO)
  add_link_options(-fuse-ld=lld)  # links in a third of the time on two cores
endif()

set(CMAKE_VERIFY_INTERFACE_HEADER_SETS ${SIGNET_CHECK_HEADERS})

# Only our own code is held to these; third-party headers arrive as SYSTEM includes.
set(SIGNET_WARNINGS -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Wold-style-cast
    -Wcast-qual -Wunused -Woverloaded-virtual -Wconversion -Wno-sign-conversion
    -Wno-missing-field-initializers -Werror)
if(CMAKE_CXX_COMPILER_ID MATCHES Clang)
  list(APPEND SIGNET_WARNINGS -Wthread-safety)
endif()

add_compile_options(-fno-omit-frame-pointer -pthread)
if(CMAKE_BUILD_TYPE STREQUAL Release)
  add_compile_options(-fstack-protector-strong -fcf-protection)
  add_compile_definitions(_FORTIFY_SOURCE=2)
  add_link_options(-Wl,-z,relro,-z,now,-z,noexecstack)
endif()
if(SIGNET_SANITIZE)
  add_compile_options(-fsanitize=${SIGNET_SANITIZE} -fno-sanitize-recover=all)
  add_link_options(-fsanitize=${SIGNET_SANITIZE})
endif()
if(SIGNET_FUZZ)
  add_compile_options(-fsanitize=fuzzer-no-link)  # the fuzzer follows its inputs through every room
endif()
if(SIGNET_COVERAGE)
  add_link_options(--coverage)  # what counts its lines: room()
endif()
if(SIGNET_LTO)
  set(CMAKE_INTERPROCEDURAL_OPTIMIZATION ON)
endif()
