# fluxscope_header_check(TARGET HEADERS... LINK ...): an object library with one translation unit per
# header, which includes that header, twice, and nothing else. Headers are absolute paths.
function(fluxscope_header_check target)
  cmake_parse_arguments(ARG "" "" "HEADERS;LINK" ${ARGN})
  set(units "")
  foreach(header IN LISTS ARG_HEADERS)
    cmake_path(RELATIVE_PATH header BASE_DIRECTORY "${PROJECT_SOURCE_DIR}" OUTPUT_VARIABLE name)
    set(unit "${CMAKE_CURRENT_BINARY_DIR}/${target}/${name}.cpp")
    file(CONFIGURE OUTPUT "${unit}" CONTENT "#include \"${name}\"\n#include \"${name}\"\n"
         @ONLY)
    list(APPEND units "${unit}")
  endforeach()
  add_library(${target} OBJECT ${units})
  target_link_libraries(${target} PRIVATE ${ARG_LINK})
  # Only the front end matters.
  target_compile_options(${target} PRIVATE -O0)
endfunction()
