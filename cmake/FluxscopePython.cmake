# FLUXSCOPE_PYTHON: a python3, one with h5py where there is one (the first in PATH may be another than
# the system's, which has the packages); empty where there is none.
# fluxscope_python_test(NAME COMMAND script... LABEL label [ENVIRONMENT ...]): a script as a CTest test,
# skipped where it prints SKIP: or there is no python3.
find_program(FLUXSCOPE_PATH_PYTHON NAMES python3)
find_program(FLUXSCOPE_SYSTEM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
mark_as_advanced(FLUXSCOPE_PATH_PYTHON FLUXSCOPE_SYSTEM_PYTHON)
set(FLUXSCOPE_PYTHON "")
foreach(candidate IN ITEMS "${FLUXSCOPE_SYSTEM_PYTHON}" "${FLUXSCOPE_PATH_PYTHON}")
  if(candidate)
    execute_process(COMMAND "${candidate}" -c "import h5py" RESULT_VARIABLE without_h5py
                    OUTPUT_QUIET ERROR_QUIET)
    if(NOT without_h5py OR NOT FLUXSCOPE_PYTHON)
      set(FLUXSCOPE_PYTHON "${candidate}")
    endif()
  endif()
endforeach()

function(fluxscope_python_test name)
  cmake_parse_arguments(ARG "" "LABEL" "COMMAND;ENVIRONMENT" ${ARGN})
  if(FLUXSCOPE_PYTHON)
    add_test(NAME ${name} COMMAND "${FLUXSCOPE_PYTHON}" -B ${ARG_COMMAND})
  else()
    add_test(NAME ${name} COMMAND "${CMAKE_COMMAND}" -E echo "SKIP: no python3 (install it)")
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${ARG_LABEL}" ENVIRONMENT "${ARG_ENVIRONMENT}"
                       SKIP_REGULAR_EXPRESSION "SKIP:" TIMEOUT 300)
endfunction()
