# What `cmake --install <build> --component verifier --prefix <prefix>` installs: the verifier library
# with what it stands on, as static libraries, headers under include/signet, a CMake package and a
# pkg-config file. For services built elsewhere: find_package(signet-verifier), signet::verifier.
include(GNUInstallDirs)
include(CMakePackageConfigHelpers)

set(rooms client_base client_crypto client_token client_verifier)
list(TRANSFORM rooms PREPEND signet_ OUTPUT_VARIABLE targets)
foreach(room IN LISTS rooms)
  set_target_properties(signet_${room} PROPERTIES EXPORT_NAME ${room})
endforeach()
set_target_properties(signet_client_verifier PROPERTIES EXPORT_NAME verifier)
set_target_properties(signet_proto PROPERTIES EXPORT_NAME proto)
if(SIGNET_LTO AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
  # Machine code beside the intermediate form, which only this very compiler reads.
  foreach(target IN LISTS targets ITEMS signet_proto)
    target_compile_options(${target} PRIVATE -ffat-lto-objects)
  endforeach()
endif()

set(package "${CMAKE_INSTALL_LIBDIR}/cmake/signet-verifier")
set(headers "${CMAKE_INSTALL_INCLUDEDIR}/signet")
install(TARGETS ${targets} EXPORT signet-verifier
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT verifier
        FILE_SET HEADERS DESTINATION "${headers}" COMPONENT verifier)
install(TARGETS signet_proto EXPORT signet-verifier
        ARCHIVE DESTINATION "${CMAKE_INSTALL_LIBDIR}" COMPONENT verifier)
install(DIRECTORY "${CMAKE_BINARY_DIR}/proto_gen/signet" "${CMAKE_BINARY_DIR}/proto_gen/google"
        DESTINATION "${headers}" COMPONENT verifier FILES_MATCHING PATTERN "*.pb.h")
install(EXPORT signet-verifier FILE signet-verifier-targets.cmake NAMESPACE signet::
        DESTINATION "${package}" COMPONENT verifier)

write_basic_package_version_file("${CMAKE_BINARY_DIR}/signet-verifier-config-version.cmake"
                                 COMPATIBILITY SameMinorVersion)
install(FILES "${CMAKE_SOURCE_DIR}/cmake/signet-verifier-config.cmake"
              "${CMAKE_BINARY_DIR}/signet-verifier-config-version.cmake"
        DESTINATION "${package}" COMPONENT verifier)

file(RELATIVE_PATH to_prefix "/${CMAKE_INSTALL_LIBDIR}/pkgconfig" "/")  # Debian's has a folder more
string(REGEX REPLACE "/$" "" to_prefix "${to_prefix}")
configure_file("${CMAKE_SOURCE_DIR}/cmake/signet-verifier.pc.in"
               "${CMAKE_BINARY_DIR}/signet-verifier.pc" @ONLY)
install(FILES "${CMAKE_BINARY_DIR}/signet-verifier.pc"
        DESTINATION "${CMAKE_INSTALL_LIBDIR}/pkgconfig" COMPONENT verifier)
