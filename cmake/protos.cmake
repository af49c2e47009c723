# signet_proto_library(NAME name PROTOS a.proto … [SERVICES b.proto …] [LIBRARIES …])
# PROTOS get message code, SERVICES get message and gRPC code. Paths are relative to proto/.
# Generated code is a SYSTEM include: our warnings do not apply to it.
function(signet_proto_library)
  cmake_parse_arguments(P "" "NAME" "PROTOS;SERVICES;LIBRARIES" ${ARGN})
  set(root "${CMAKE_SOURCE_DIR}/proto")
  set(out "${CMAKE_BINARY_DIR}/proto_gen")
  file(MAKE_DIRECTORY "${out}")
  set(generated)
  foreach(proto IN LISTS P_PROTOS P_SERVICES)
    string(REGEX REPLACE "\\.proto$" "" stem "${proto}")
    set(outputs "${out}/${stem}.pb.cc" "${out}/${stem}.pb.h")
    set(arguments "--cpp_out=${out}")
    if(proto IN_LIST P_SERVICES)
      list(APPEND outputs "${out}/${stem}.grpc.pb.cc" "${out}/${stem}.grpc.pb.h")
      list(APPEND arguments "--grpc_out=${out}" "--plugin=protoc-gen-grpc=${GRPC_CPP_PLUGIN}")
    endif()
    add_custom_command(
      OUTPUT ${outputs}
      COMMAND "${PROTOC}" "--proto_path=${root}" ${arguments} "${root}/${proto}"
      DEPENDS "${root}/${proto}"
      COMMENT "protoc ${proto}" VERBATIM)
    list(APPEND generated ${outputs})
  endforeach()
  add_library(${P_NAME} STATIC ${generated})
  # Of messages, each file has the same local names; those of services can be one translation unit.
  set(messages ${generated})
  list(FILTER messages EXCLUDE REGEX "\\.grpc\\.pb\\.cc$")
  set_source_files_properties(${messages} PROPERTIES SKIP_UNITY_BUILD_INCLUSION ON)
  if(SIGNET_SANITIZE)  # it is not ours, and half of its compile time is the optimiser's
    target_compile_options(${P_NAME} PRIVATE -fno-sanitize=all -O0)
  endif()
  add_custom_target(${P_NAME}_code DEPENDS ${generated})  # for clang-tidy, which compiles nothing
  target_include_directories(${P_NAME} SYSTEM PUBLIC "$<BUILD_INTERFACE:${out}>"
                             "$<INSTALL_INTERFACE:include/signet>")
  target_link_libraries(${P_NAME} PUBLIC protobuf::libprotobuf gRPC::grpc++ ${P_LIBRARIES})
endfunction()
