# Runs the figure scripts and checks that each writes a PDF with content.
# cmake -DWRITE_PAGE=... -DSCRIPTS=folder -DWORK=folder [-DFLUXSCOPE=... -DTRACE=recorded.h5]
#       -P figures_test.cmake
# With FLUXSCOPE and TRACE: on that trace and its report. Otherwise on a synthetic one.
find_program(SYSTEM_PYTHON NAMES python3 PATHS /usr/bin NO_DEFAULT_PATH)
find_program(ANY_PYTHON NAMES python3)
set(python "")
foreach(candidate IN ITEMS "${ANY_PYTHON}" "${SYSTEM_PYTHON}")
  if(candidate AND NOT python)
    execute_process(COMMAND "${candidate}" -c "import h5py, matplotlib, numpy"
                    RESULT_VARIABLE code OUTPUT_QUIET ERROR_QUIET)
    if(code EQUAL 0)
      set(python "${candidate}")
    endif()
  endif()
endforeach()
if(NOT python)
  message(STATUS "SKIP: no python3 with h5py and matplotlib")
  return()
endif()

file(REMOVE_RECURSE "${WORK}")
file(MAKE_DIRECTORY "${WORK}")
if(TRACE)
  set(json "${WORK}/report.json")
  execute_process(COMMAND "${FLUXSCOPE}" report "${TRACE}" --format json -o "${json}"
                  RESULT_VARIABLE code OUTPUT_QUIET)
  set(trace "${TRACE}")
else()
  execute_process(COMMAND "${WRITE_PAGE}" "${WORK}" RESULT_VARIABLE code OUTPUT_QUIET)
  set(json "${WORK}/page.json")
  set(trace "${WORK}/measured.h5")
endif()
if(NOT code EQUAL 0)
  message(FATAL_ERROR "the report could not be made: ${code}")
endif()

function(draw script)
  set(pdf "${WORK}/${script}.pdf")
  execute_process(COMMAND "${CMAKE_COMMAND}" -E env PYTHONDONTWRITEBYTECODE=1
                          "MPLCONFIGDIR=${WORK}" "${python}" "${SCRIPTS}/${script}.py" ${ARGN}
                          -o "${pdf}"
                  RESULT_VARIABLE code ERROR_VARIABLE error OUTPUT_QUIET)
  if(NOT code EQUAL 0)
    message(FATAL_ERROR "${script}.py failed: ${error}")
  endif()
  file(READ "${pdf}" magic LIMIT 4 HEX)
  file(SIZE "${pdf}" size)
  if(NOT magic STREQUAL "25504446" OR size LESS 4000)
    message(FATAL_ERROR "${pdf}: not a PDF with a drawing (${size} bytes)")
  endif()
endfunction()

draw(speedup_against_context "${json}")
draw(waterfall "${json}")
draw(sm_gantt "${trace}" "${json}")
message(STATUS "three figures drawn")
