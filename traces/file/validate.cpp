#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "base/error.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/rule_check.hpp"
#include "traces/schema/schema.hpp"

namespace fluxscope::traces {
namespace {

[[noreturn]] void refuse(std::string const& path, std::string_view table,
                         std::string const& problem) {
  throw InputError(fmt::format("{}: {} {}; make the trace anew", path, table, problem));
}

// Ids that are checked already make launches[launch_id] safe.
template <class Record>
void check_ctas(std::vector<Record> const& records, std::string_view table, Trace const& trace,
                std::string const& path) {
  for (std::size_t i = 0; i < records.size(); ++i) {
    auto const grid = trace.launches[records[i].launch_id].grid_ctas;
    if (std::cmp_greater_equal(records[i].cta, grid)) {
      refuse(path, table,
             fmt::format("row {}: cta is {}, but its launch has {} CTAs", i, records[i].cta, grid));
    }
  }
}

void check_warps(Trace const& trace, std::string const& path) {
  for (std::size_t i = 0; i < trace.warps.size(); ++i) {
    WarpRecord const& warp = trace.warps[i];
    if (warp.in_cyc > warp.out_cyc) {
      refuse(path, "/warp",
             fmt::format("row {}: out_cyc {} is before in_cyc {}", i, warp.out_cyc, warp.in_cyc));
    }
  }
}

}  // namespace

void validate(Trace const& trace, std::string const& path) {
  Bounds const bounds{.cases = trace.cases.size(),
                      .launches = trace.launches.size(),
                      .rows = trace.rows.size(),
                      .steps = trace.steps.size(),
                      .sm_count = trace.device.sm_count};
  for_each_attribute_group([&](auto const& group) {
    if (auto const problem = find_violation(group, trace.*group.info)) {
      refuse(path, "", *problem);
    }
  });
  for_each_table([&]<class Record>(Table<Record> const& table) {
    std::span<Record const> const records = rows_of<Record>(trace);
    if (auto const problem = find_violation(table, records, 0, bounds)) {
      refuse(path, table.group, *problem);
    }
  });
  if (auto const problem = find_name_violation(trace.cases)) refuse(path, "/cases", *problem);
  check_ctas(trace.ctas, "/cta", trace, path);
  check_ctas(trace.work, "/work", trace, path);
  check_ctas(trace.warps, "/warp", trace, path);
  check_warps(trace, path);
}

}  // namespace fluxscope::traces
