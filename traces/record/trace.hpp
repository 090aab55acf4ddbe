#pragma once
// The records of a trace, schema v1. One struct per table; the file stores one column per field,
// under the field's name. Measured and simulated runs fill the same tables.
//
// Times are int64 nanoseconds on the trace's own axis (0 = the first anchor of the clock
// calibration, or the begin of the first simulated case) unless the name ends in _cyc. Durations of
// cases and groups of tiles are doubles, with fractions. The simulator rounds its int64 times down.
//
// A new table is its record with its Named (here), its columns (traces/schema/) and one entry in
// one of the three lists below; reader, writer, checks and exports follow from them.

#include <span>
#include <vector>

#include "traces/record/cases.hpp"
#include "traces/record/launches.hpp"
#include "traces/record/run.hpp"
#include "traces/record/steps.hpp"
#include "traces/record/support.hpp"
#include "traces/record/type_list.hpp"

namespace fluxscope::traces {

/// Written before the first launch. Cases are rewritten at the end: only then are their times
/// known.
using OpeningRecords = TypeList<CaseRecord, RowRecord, RowLayerRecord, SmPlaceRecord>;
/// Appended while the run goes on.
using RunningRecords =
    TypeList<TileRow, SampleRecord, LaunchRecord, SmRecord, CtaRecord, WorkRecord, WarpRecord,
             TileTimeRecord, CounterRecord, ActivityRecord, OverheadRecord, CrosscheckRecord,
             StepRecord, StepLaunchRecord, StepSampleRecord, GateRecord>;
/// Written at the end of the run.
using ClosingRecords = TypeList<SmClockRecord, PassRecord, LossRecord>;
/// Every table, ids before their use.
using Records = Join<Join<OpeningRecords, RunningRecords>, ClosingRecords>;

template <class Record>
using Owned = std::vector<Record>;
template <class Record>
using Viewed = std::span<Record const>;

/// The rows of some tables, each under its name: Tables<TypeList<CaseRecord>, Owned> has `cases`.
template <class List, template <class> class Rows>
struct Tables;
template <class... Record, template <class> class Rows>
struct Tables<TypeList<Record...>, Rows> : Named<Record, Rows>... {};

/// The rows of one table, where its name is not at hand.
template <class Record, template <class> class Rows>
[[nodiscard]] Rows<Record>& rows_of(Named<Record, Rows>& tables) {
  auto& [rows] = tables;
  return rows;
}
template <class Record, template <class> class Rows>
[[nodiscard]] Rows<Record> const& rows_of(Named<Record, Rows> const& tables) {
  auto const& [rows] = tables;
  return rows;
}

/// Rows of finished launches or cases; the owner keeps them.
using TraceBatch = Tables<RunningRecords, Viewed>;

/// Spans of the tables of `List`, which `owner` has all.
template <class List, class Owner>
[[nodiscard]] Tables<List, Viewed> view(Owner const& owner) {
  Tables<List, Viewed> views;
  for_each_type(List{}, [&]<class Record>() { rows_of<Record>(views) = rows_of<Record>(owner); });
  return views;
}

/// Spans of the tables of `List` that `rows` give, each by the type of its rows; the others stay
/// empty.
template <class List, class... Rows>
[[nodiscard]] Tables<List, Viewed> view_of(Rows const&... rows) {
  Tables<List, Viewed> views;
  ((rows_of<typename Rows::value_type>(views) = rows), ...);
  return views;
}

/// Whether no table of `List` has a row.
template <class List, class Owner>
[[nodiscard]] bool all_empty(Owner const& owner) {
  bool empty = true;
  for_each_type(List{}, [&]<class Record>() { empty &= rows_of<Record>(owner).empty(); });
  return empty;
}

/// A whole trace in memory.
struct Trace : Tables<Records, Owned> {
  RunInfo run;
  DeviceInfo device;
  ClockInfo clock;
  bool complete = false;  ///< false: the writer was stopped; the launches present are whole
  bool has_digests =
      true;  ///< false: read from a file of before 1.2, which damage may have changed
};

}  // namespace fluxscope::traces
