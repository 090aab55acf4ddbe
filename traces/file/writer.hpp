#pragma once
// Writes a trace while the run goes on: <path>.tmp, flushed per launch, renamed at the end.

#include <memory>
#include <span>
#include <string>

#include "traces/record.hpp"

namespace fluxscope::traces {

/// Rows of one finished launch (or of one finished case, where the launch tables are empty).
struct TraceBatch {
  std::span<LaunchRecord const> launches;
  std::span<SmRecord const> sms;
  std::span<CtaRecord const> ctas;
  std::span<WorkRecord const> work;
  std::span<WarpRecord const> warps;
  std::span<TileRow const> tiles;
  std::span<TileTimeRecord const> tile_times;
  std::span<CounterRecord const> counters;
  std::span<SampleRecord const> samples;
  std::span<ActivityRecord const> activity;
  std::span<OverheadRecord const> overheads;
  std::span<CrosscheckRecord const> crosschecks;
};

/// Lifecycle: construct, append() per launch, finish(). A process killed in between leaves
/// <path>.tmp with complete = 0, which opens with every appended batch intact.
/// Throws InputError where the file cannot be created, written or renamed.
class TraceWriter {
 public:
  TraceWriter(std::string path, RunInfo const& run, DeviceInfo const& device,
              std::span<CaseRecord const> cases, std::span<RowRecord const> rows,
              std::span<RowLayerRecord const> row_layers);
  ~TraceWriter();
  TraceWriter(TraceWriter&&) noexcept;
  TraceWriter& operator=(TraceWriter&&) noexcept;

  /// Appends the rows and flushes them to the file.
  void append(TraceBatch const& batch);

  /// Rewrites the case table (its times are known only at the end), writes the closing tables,
  /// sets complete = 1, syncs and renames. The writer takes no more rows.
  void finish(std::span<CaseRecord const> cases, ClockInfo const& clock,
              std::span<SmClockRecord const> sm_clocks, std::span<PassRecord const> passes,
              std::span<LossRecord const> losses);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a whole trace at once, with the same guarantees.
void write_trace(std::string const& path, Trace const& trace);

}  // namespace fluxscope::traces
