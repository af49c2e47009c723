# Debian packages by CPack, one per component: signetd (server), signet (cli) and
# libsignet-verifier-dev (verifier, see verifier_package.cmake). `deploy/debian/build` makes them.
include(GNUInstallDirs)
set(debian "${CMAKE_SOURCE_DIR}/deploy/debian")
set(manual "${CMAKE_BINARY_DIR}/manual")

# Man pages, completions and documents, from the programs themselves.
add_custom_target(signet_manual
  COMMAND "${CMAKE_COMMAND}" -E rm -rf "${manual}"
  COMMAND "${debian}/manual" "$<TARGET_FILE_DIR:signet>" "${PROJECT_VERSION}" "${manual}"
  DEPENDS signet signetd COMMENT "Writing man pages and completions" VERBATIM)
# Optional: `cmake --install` needs no manual; packages are made after it, and a test looks for it in them.
foreach(component server cli verifier)
  install(DIRECTORY "${manual}/${component}/" DESTINATION "${CMAKE_INSTALL_DATADIR}" COMPONENT ${component} OPTIONAL)
endforeach()

install(TARGETS signet RUNTIME DESTINATION "${CMAKE_INSTALL_BINDIR}" COMPONENT cli)
install(TARGETS signetd RUNTIME DESTINATION "${CMAKE_INSTALL_SBINDIR}" COMPONENT server)
install(PROGRAMS "${debian}/signet-setup" DESTINATION "${CMAKE_INSTALL_SBINDIR}" COMPONENT server)
install(FILES "${debian}/signetd.sysusers" DESTINATION lib/sysusers.d RENAME signetd.conf COMPONENT server)
install(FILES "${debian}/signetd.tmpfiles" DESTINATION lib/tmpfiles.d RENAME signetd.conf COMPONENT server)
install(FILES "${debian}/signetd.service" DESTINATION /lib/systemd/system COMPONENT server)
install(FILES "${debian}/signetd.default" DESTINATION /etc/default RENAME signetd COMPONENT server)
install(FILES "${debian}/signet.yaml" DESTINATION /etc/signet COMPONENT server)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME signet)
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "")  # each package has its own
set(CPACK_PACKAGE_VERSION "${PROJECT_VERSION}")
set(CPACK_PACKAGE_CONTACT "Signet maintainers <maintainers@signet.example>")
set(CPACK_PACKAGE_DIRECTORY "${CMAKE_SOURCE_DIR}/build/packages")
set(CPACK_SET_DESTDIR ON)
set(CPACK_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PRE_BUILD_SCRIPTS "${CMAKE_SOURCE_DIR}/cmake/strip_archives.cmake")
set(CPACK_COMPONENTS_ALL server cli verifier)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_COMPRESSION_TYPE xz)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)

function(debian_package component name section description)
  string(TOUPPER "${component}" upper)
  set("CPACK_DEBIAN_${upper}_PACKAGE_NAME" "${name}" PARENT_SCOPE)
  set("CPACK_DEBIAN_${upper}_PACKAGE_SECTION" "${section}" PARENT_SCOPE)
  set("CPACK_DEBIAN_${upper}_DESCRIPTION" "${description}" PARENT_SCOPE)
  install(FILES "${debian}/copyright" DESTINATION "${CMAKE_INSTALL_DATADIR}/doc/${name}" COMPONENT ${component})
endfunction()

debian_package(server signetd net "identity and token service over gRPC
Registers people and logs them in, issues and verifies JWT access tokens,
rotates refresh tokens and keeps their lineage in PostgreSQL.")
# PostgreSQL may be elsewhere, and so may who asks.
set(CPACK_DEBIAN_SERVER_PACKAGE_DEPENDS
    "systemd | systemd-standalone-sysusers, systemd | systemd-standalone-tmpfiles, openssl")
set(CPACK_DEBIAN_SERVER_PACKAGE_RECOMMENDS "signet")
set(CPACK_DEBIAN_SERVER_PACKAGE_SUGGESTS "postgresql")
set(CPACK_DEBIAN_SERVER_PACKAGE_CONTROL_EXTRA
    "${debian}/conffiles;${debian}/postinst;${debian}/prerm;${debian}/postrm")

debian_package(cli signet utils "command line of the Signet identity service
Accounts, sessions, tokens, keys and the audit log, from a terminal or from
a script.")
set(CPACK_DEBIAN_CLI_PACKAGE_RECOMMENDS "ca-certificates")

debian_package(verifier libsignet-verifier-dev libdevel "judges access tokens of Signet inside of a service
A static library for C++20 with its headers: follows the key set and the
revocations, so that a token costs no call.")
set(CPACK_DEBIAN_VERIFIER_PACKAGE_DEPENDS
    "libgrpc++-dev, libprotobuf-dev, libabsl-dev, libssl-dev, libsimdjson-dev, libcurl4-openssl-dev")

include(CPack)
