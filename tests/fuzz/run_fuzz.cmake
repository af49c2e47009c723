# cmake -D PROGRAM=… -D CORPUS=… -D COPY=… -P run_fuzz.cmake
# libFuzzer writes what it finds into its corpus: it gets a copy, the source tree stays as it is.
file(REMOVE_RECURSE "${COPY}")
file(MAKE_DIRECTORY "${COPY}")
file(GLOB seeds "${CORPUS}/*")
file(COPY ${seeds} DESTINATION "${COPY}")
execute_process(
  COMMAND "${PROGRAM}" -runs=20000 -max_total_time=10 -max_len=9000 "-artifact_prefix=${COPY}/../"
          "${COPY}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the fuzzer found a failure: ${result}")
endif()
