# fluxscope_flags: what every target of ours compiles with.
# fluxscope_library(NAME SOURCES... LINK ...), fluxscope_test(NAME SOURCES... LINK ...)
add_library(fluxscope_flags INTERFACE)
target_include_directories(fluxscope_flags INTERFACE "${PROJECT_SOURCE_DIR}"
                           "${PROJECT_BINARY_DIR}/generated")
target_compile_options(fluxscope_flags INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wconversion -Wshadow -Werror
                            # Designated initialisers leave members at their defaults on purpose.
                            -Wno-missing-field-initializers>
  # CMake 3.25 does not know C++20 for nvcc; line info costs no instructions.
  $<$<COMPILE_LANGUAGE:CUDA>:-std=c++20 -lineinfo -Werror=all-warnings -Xcompiler=-Wall,-Wextra>)
if(FLUXSCOPE_SANITIZE)
  target_compile_options(fluxscope_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CXX>:-fsanitize=address,undefined -fno-sanitize-recover=all
                              -fno-omit-frame-pointer>)
  target_link_options(fluxscope_flags INTERFACE -fsanitize=address,undefined)
endif()
if(FLUXSCOPE_FUZZ)
  target_compile_options(fluxscope_flags INTERFACE -fsanitize=fuzzer-no-link)
endif()
if(FLUXSCOPE_EVERY_LANE_ARRIVES)
  target_compile_definitions(fluxscope_flags INTERFACE
    $<$<COMPILE_LANGUAGE:CUDA>:FLUXSCOPE_EVERY_LANE_ARRIVES>)
endif()

function(fluxscope_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(fluxscope_${name} STATIC ${ARG_SOURCES})
  add_library(fluxscope::${name} ALIAS fluxscope_${name})
  target_link_libraries(fluxscope_${name} PUBLIC fluxscope_flags ${ARG_LINK})
endfunction()

# A GoogleTest program; each test is a CTest test. LABELS defaults to "unit".
function(fluxscope_test name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;LABELS" ${ARGN})
  if(NOT ARG_LABELS)
    set(ARG_LABELS unit)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE fluxscope_flags ${ARG_LINK} GTest::gtest_main)
  include(GoogleTest)
  set(lock "")
  if("gpu" IN_LIST ARG_LABELS)
    set(lock RESOURCE_LOCK gpu)  # tests that measure would disturb each other
  endif()
  gtest_discover_tests(${name} PROPERTIES LABELS "${ARG_LABELS}" ${lock} DISCOVERY_TIMEOUT 60)
endfunction()

# In a header and not on the command line: clones in other folders share what ccache keeps.
file(CONFIGURE OUTPUT "${PROJECT_BINARY_DIR}/generated/fluxscope_test_paths.hpp" CONTENT
"#pragma once
#define FLUXSCOPE_SOURCE_DIR \"${PROJECT_SOURCE_DIR}\"
#define FLUXSCOPE_BINARY_DIR \"${PROJECT_BINARY_DIR}\"
")
