#pragma once
// Writes a trace while the run goes on: as an OutputFile, committed per launch, renamed at the end.

#include <memory>
#include <span>
#include <string>

#include "base/output/output_file.hpp"
#include "traces/record/trace.hpp"

namespace fluxscope::traces {

/// What a trace's file is told by.
[[nodiscard]] FileKind trace_kind();

/// Lifecycle: construct, append() per launch, finish(). A process that is killed in between leaves
/// <path>.tmp with complete = 0, which opens with every appended batch intact; so does a disk that
/// is full. Throws InputError where the file cannot be created, written or renamed.
class TraceWriter {
 public:
  TraceWriter(OutputFile output, RunInfo const& run, DeviceInfo const& device,
              Tables<OpeningRecords, Viewed> const& opening);
  /// Into `path`, where only a trace is replaced.
  TraceWriter(std::string const& path, RunInfo const& run, DeviceInfo const& device,
              Tables<OpeningRecords, Viewed> const& opening);
  ~TraceWriter();
  TraceWriter(TraceWriter&&) noexcept;
  TraceWriter& operator=(TraceWriter&&) noexcept;

  /// Appends the rows and flushes them to the file.
  void append(TraceBatch const& batch);

  /// Rewrites the case table (its times are known only at the end), writes the closing tables,
  /// sets complete = 1 and commits the output. The writer takes no more rows.
  void finish(std::span<CaseRecord const> cases, ClockInfo const& clock,
              Tables<ClosingRecords, Viewed> const& closing);

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

/// Writes a whole trace at once, with the same guarantees.
void write_trace(OutputFile output, Trace const& trace);
void write_trace(std::string const& path, Trace const& trace);

}  // namespace fluxscope::traces
