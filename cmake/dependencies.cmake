# Debian packages only; the names of the packages stand in deploy/packages.txt.
find_package(Threads REQUIRED)
find_package(PkgConfig REQUIRED)
find_package(OpenSSL 3.0 REQUIRED)
find_package(Protobuf REQUIRED)
find_package(absl REQUIRED)
find_package(GTest REQUIRED)
find_package(benchmark REQUIRED)
find_package(gRPC CONFIG REQUIRED)  # pkg-config takes half a minute over its Abseil libraries
find_package(Boost 1.74 REQUIRED)  # headers alone: Asio and Beast
find_package(ICU REQUIRED COMPONENTS uc i18n)
find_package(PostgreSQL REQUIRED)
find_package(ZLIB REQUIRED)
find_package(nlohmann_json REQUIRED)

pkg_check_modules(PQXX REQUIRED IMPORTED_TARGET libpqxx)
pkg_check_modules(ARGON2 REQUIRED IMPORTED_TARGET libargon2)
pkg_check_modules(CRYPT REQUIRED IMPORTED_TARGET libxcrypt)
pkg_check_modules(SIMDJSON REQUIRED IMPORTED_TARGET simdjson)
pkg_check_modules(YAMLCPP REQUIRED IMPORTED_TARGET yaml-cpp)
pkg_check_modules(SPDLOG REQUIRED IMPORTED_TARGET spdlog)
pkg_check_modules(CLI11 REQUIRED IMPORTED_TARGET CLI11)
pkg_check_modules(QRENCODE REQUIRED IMPORTED_TARGET libqrencode)
pkg_check_modules(PNG REQUIRED IMPORTED_TARGET libpng)
pkg_check_modules(IDN2 REQUIRED IMPORTED_TARGET libidn2)
pkg_check_modules(CURL REQUIRED IMPORTED_TARGET libcurl)
pkg_check_modules(P11KIT REQUIRED IMPORTED_TARGET p11-kit-1)
pkg_check_modules(PROMETHEUS REQUIRED IMPORTED_TARGET prometheus-cpp-core)

find_program(PROTOC protoc REQUIRED)
find_program(GRPC_CPP_PLUGIN grpc_cpp_plugin REQUIRED)

# Libraries without a CMake package or pkg-config file.
function(signet_plain_library name library)
  find_library(${name}_LIBRARY NAMES ${library} REQUIRED)
  add_library(${name} INTERFACE IMPORTED GLOBAL)
  target_link_libraries(${name} INTERFACE "${${name}_LIBRARY}")
endfunction()
signet_plain_library(zxcvbn zxcvbn)

# libsodium takes the memory of each hash from mmap() and cannot be told otherwise, so what of its
# archive computes Argon2id is made into one object that calls server/passwords instead, which keeps
# that memory (docs/adr/0008-argon2-libsodium.md). Only two symbols stay visible: many of the others
# have the names of libargon2's, and would be taken for them.
find_path(SODIUM_INCLUDE_DIR NAMES sodium.h REQUIRED)
find_library(SODIUM_ARCHIVE NAMES libsodium.a REQUIRED)
find_program(GNU_LD NAMES ld.bfd REQUIRED)  # clang's presets have another linker
set(kept "${CMAKE_BINARY_DIR}/sodium_kept")
add_custom_command(
  OUTPUT "${kept}.a"
  COMMAND "${GNU_LD}" -r -u crypto_pwhash_argon2id -u sodium_init -o "${kept}.o" "${SODIUM_ARCHIVE}"
  COMMAND "${CMAKE_OBJCOPY}" --keep-global-symbol=crypto_pwhash_argon2id --keep-global-symbol=sodium_init
          --redefine-sym mmap=signet_map_working_memory
          --redefine-sym munmap=signet_unmap_working_memory "${kept}.o"
  COMMAND "${CMAKE_AR}" crs "${kept}.a" "${kept}.o"
  DEPENDS "${SODIUM_ARCHIVE}" VERBATIM)
add_custom_target(sodium_archive DEPENDS "${kept}.a")
add_library(sodium_kept STATIC IMPORTED GLOBAL)
set_target_properties(sodium_kept PROPERTIES IMPORTED_LOCATION "${kept}.a"
                                             INTERFACE_INCLUDE_DIRECTORIES "${SODIUM_INCLUDE_DIR}")
add_dependencies(sodium_kept sodium_archive)

# Published signature vectors, for tests: beside the checkout, or where tests/run puts them.
set(SIGNET_WYCHEPROOF_DIR "${CMAKE_SOURCE_DIR}/../shared/wycheproof")
if(NOT EXISTS "${SIGNET_WYCHEPROOF_DIR}")
  set(SIGNET_WYCHEPROOF_DIR "${CMAKE_SOURCE_DIR}/build/wycheproof")
endif()
