# Embeds the report page into the binary: ECharts (npm) and report_assets/.
# Sets FLUXSCOPE_REPORT_ASSETS_CPP, a source file that defines analysis/report/assets.hpp.
set(FLUXSCOPE_ECHARTS "${PROJECT_SOURCE_DIR}/node_modules/echarts/dist/echarts.min.js")
if(NOT EXISTS "${FLUXSCOPE_ECHARTS}")
  message(FATAL_ERROR "node_modules/echarts/dist/echarts.min.js is missing (the HTML report embeds "
                      "ECharts). Run `npm ci --no-audit --no-fund` in the source folder, then "
                      "configure again.")
endif()
set(FLUXSCOPE_REPORT_SCRIPTS
  page.js filters.js intervals.js saving.js policies.js
  headlines.js speedup.js verdict.js budget.js waterfall.js gantt.js items.js
  launch.js steps.js comparison.js cases.js trust.js main.js)
set(assets "page.html" "page.css" ${FLUXSCOPE_REPORT_SCRIPTS} "replay.js")

# One asm block per file: symbols fluxscope_asset_<i>_begin and _end around its bytes.
set(FLUXSCOPE_ASSET_BLOCKS "")
set(FLUXSCOPE_ASSET_DECLARATIONS "")
set(FLUXSCOPE_ASSET_ENTRIES "")
set(files "${FLUXSCOPE_ECHARTS}")
set(names "echarts.min.js")
foreach(asset IN LISTS assets)
  list(APPEND files "${PROJECT_SOURCE_DIR}/report_assets/${asset}")
  list(APPEND names "${asset}")
endforeach()
set(index 0)
foreach(file name IN ZIP_LISTS files names)
  set(symbol "fluxscope_asset_${index}")
  string(APPEND FLUXSCOPE_ASSET_BLOCKS
    "asm(\".section .rodata\\n.global ${symbol}_begin\\n${symbol}_begin:\\n\"\n"
    "    \".incbin \\\"${file}\\\"\\n\"\n"
    "    \".global ${symbol}_end\\n${symbol}_end:\\n.byte 0\\n.previous\\n\");\n")
  string(APPEND FLUXSCOPE_ASSET_DECLARATIONS
    "extern \"C\" char const ${symbol}_begin[];\nextern \"C\" char const ${symbol}_end[];\n")
  string(APPEND FLUXSCOPE_ASSET_ENTRIES
    "    {\"${name}\", ${symbol}_begin, ${symbol}_end},\n")
  math(EXPR index "${index} + 1")
endforeach()
list(LENGTH FLUXSCOPE_REPORT_SCRIPTS FLUXSCOPE_SCRIPT_COUNT)
string(JOIN "\", \"" FLUXSCOPE_SCRIPT_NAMES ${FLUXSCOPE_REPORT_SCRIPTS})
set(FLUXSCOPE_REPORT_ASSETS_CPP "${PROJECT_BINARY_DIR}/generated/report_assets.cpp")
configure_file("${PROJECT_SOURCE_DIR}/cmake/report_assets.cpp.in" "${FLUXSCOPE_REPORT_ASSETS_CPP}"
               @ONLY)
set_source_files_properties("${FLUXSCOPE_REPORT_ASSETS_CPP}" PROPERTIES OBJECT_DEPENDS "${files}")
