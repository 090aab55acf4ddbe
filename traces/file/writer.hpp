#pragma once
// Writes a trace while the run goes on: <path>.tmp, flushed per launch, renamed at the end.

#include <memory>
#include <span>
#include <string>

#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// Lifecycle: construct, append() per launch, finish(). A process killed in between leaves
/// <path>.tmp with complete = 0, which opens with every appended batch intact.
/// Throws InputError where the file cannot be created, written or renamed.
class TraceWriter {
 public:
  TraceWriter(std::string path, RunInfo const& run, DeviceInfo const& device,
              Tables<OpeningRecords, Viewed> const& opening);
  ~TraceWriter();
  TraceWriter(TraceWriter&&) noexcept;
  TraceWriter& operator=(TraceWriter&&) noexcept;

  /// Appends the rows and flushes them to the file.
  void append(TraceBatch const& batch);

  /// Rewrites the case table (its times are known only at the end), writes the closing tables,
  /// sets complete = 1, syncs and renames. The writer takes no more rows.
  void finish(std::span<CaseRecord const> cases, ClockInfo const& clock,
              Tables<ClosingRecords, Viewed> const& closing);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a whole trace at once, with the same guarantees.
void write_trace(std::string const& path, Trace const& trace);

}  // namespace fluxscope::traces
