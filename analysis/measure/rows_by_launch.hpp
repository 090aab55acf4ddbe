#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "base/error.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::analysis {

/// Row numbers of a launch-keyed table, grouped by launch, in the table's order inside a group.
class RowsByLaunch {
 public:
  /// Throws ContractError for a launch_id >= `launches`.
  template <class Record>
  RowsByLaunch(std::vector<Record> const& records, std::size_t launches)
      : begin_(launches + 1, 0), rows_(records.size()) {
    for (auto const& record : records) {
      expects(record.launch_id < launches, "a row's launch_id names a launch");
      ++begin_[record.launch_id + 1];
    }
    for (std::size_t i = 0; i < launches; ++i) begin_[i + 1] += begin_[i];
    std::vector<std::size_t> next(begin_.begin(), begin_.end());
    for (std::size_t row = 0; row < records.size(); ++row) {
      rows_[next[records[row].launch_id]++] = row;
    }
  }

  [[nodiscard]] std::span<std::size_t const> of(std::uint32_t launch_id) const {
    return std::span(rows_).subspan(begin_[launch_id], begin_[launch_id + 1] - begin_[launch_id]);
  }

 private:
  std::vector<std::size_t> begin_;  // [launches + 1]
  std::vector<std::size_t> rows_;
};

/// The tables of a trace that are keyed by launch.
struct LaunchRows {
  RowsByLaunch sms;
  RowsByLaunch ctas;
  RowsByLaunch work;
  RowsByLaunch tile_times;

  explicit LaunchRows(traces::Trace const& trace)
      : sms(trace.sms, trace.launches.size()),
        ctas(trace.ctas, trace.launches.size()),
        work(trace.work, trace.launches.size()),
        tile_times(trace.tile_times, trace.launches.size()) {}
};

}  // namespace fluxscope::analysis
