# A header that lacks an include or a guard fails the header check; a whole one passes.
# cmake -DGENERATOR=... -DCOMPILER=... -DWORK=folder -P header_self_test.cmake
file(REMOVE_RECURSE "${WORK}")
execute_process(
  COMMAND "${CMAKE_COMMAND}" -S "${CMAKE_CURRENT_LIST_DIR}/header_self_test" -B "${WORK}" -G
          "${GENERATOR}" "-DCMAKE_CXX_COMPILER=${COMPILER}"
  OUTPUT_QUIET COMMAND_ERROR_IS_FATAL ANY)
function(expect target want)
  execute_process(COMMAND "${CMAKE_COMMAND}" --build "${WORK}" --target ${target}
                  OUTPUT_VARIABLE said ERROR_VARIABLE said RESULT_VARIABLE failed)
  if((failed AND want STREQUAL "passes") OR (NOT failed AND want STREQUAL "fails"))
    message(FATAL_ERROR "${target}: expected that it ${want}\n${said}")
  endif()
endfunction()
expect(whole passes)
expect(lacks_include fails)
expect(lacks_guard fails)
