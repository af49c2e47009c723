# cmake -D PROGRAM=… -D CORPUS=… -D COPY=… -P run_fuzz.cmake
# libFuzzer writes what it finds into its corpus: it gets a copy, the source tree stays as it is.
#
# By default one sequence of inputs, so that a run can be told from the one before by the code alone.
# To dig: SIGNET_FUZZ_SEED=$RANDOM SIGNET_FUZZ_SECONDS=60 tests/run --only fuzz
set(seed 1)
set(seconds 10)
if(DEFINED ENV{SIGNET_FUZZ_SEED})
  set(seed "$ENV{SIGNET_FUZZ_SEED}")
endif()
if(DEFINED ENV{SIGNET_FUZZ_SECONDS})
  set(seconds "$ENV{SIGNET_FUZZ_SECONDS}")
endif()
math(EXPR runs "2000 * ${seconds}")
file(REMOVE_RECURSE "${COPY}")
file(MAKE_DIRECTORY "${COPY}")
file(GLOB seeds "${CORPUS}/*")
file(COPY ${seeds} DESTINATION "${COPY}")
execute_process(
  COMMAND "${PROGRAM}" -seed=${seed} -runs=${runs} -max_total_time=${seconds} -max_len=9000
          -timeout=20 "-artifact_prefix=${COPY}/../" "${COPY}" RESULT_VARIABLE result)
if(NOT result EQUAL 0)
  message(FATAL_ERROR "the fuzzer found a failure: ${result}")
endif()
