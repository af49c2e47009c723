# Run by CPack once everything is staged. Static libraries keep neither debug information nor what only
# the compiler that made them could link, and no times of their members.
file(GLOB_RECURSE archives "${CPACK_TEMPORARY_DIRECTORY}/*.a")
foreach(archive IN LISTS archives)
  execute_process(
    COMMAND strip --strip-debug --enable-deterministic-archives --remove-section=.comment
            --remove-section=.note --remove-section=.gnu.lto_* --remove-section=.gnu.debuglto_*
            --strip-symbol=__gnu_lto_slim --strip-symbol=__gnu_lto_v1 "${archive}"
    COMMAND_ERROR_IS_FATAL ANY)
endforeach()
