#include "analysis/measure/launch_measure.hpp"

#include <algorithm>
#include <cmath>
#include <map>
#include <utility>

#include "analysis/measure/cycle_counters.hpp"
#include "analysis/measure/rows_by_launch.hpp"
#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

using traces::CaseRecord;
using traces::kMissingNs;
using traces::LaunchRecord;
using traces::SmRecord;
using traces::Trace;

/// Exact for the spans of a run; no overflow for any two times.
double span_ns(std::int64_t begin, std::int64_t end) {
  return static_cast<double>(static_cast<std::uint64_t>(end) - static_cast<std::uint64_t>(begin));
}

bool used(SmRecord const& sm) {
  return sm.first_in_ns != kMissingNs && sm.last_out_ns != kMissingNs;
}

/// Sets the window and returns the rows of its first entry and last exit; nullptr: no CTA ran.
std::pair<SmRecord const*, SmRecord const*> find_window(Trace const& trace,
                                                        std::span<std::size_t const> rows) {
  SmRecord const* first = nullptr;
  SmRecord const* last = nullptr;
  for (std::size_t row : rows) {
    auto const& sm = trace.sms[row];
    if (!used(sm)) continue;
    if (first == nullptr || sm.first_in_ns < first->first_in_ns) first = &sm;
    if (last == nullptr || sm.last_out_ns > last->last_out_ns) last = &sm;
  }
  return {first, last};
}

double squared(double x) { return x * x; }

/// Adds one SM's areas. The window's own ends enter the uncertainties once per SM that measures
/// its idle time against them, so they are added at the end with their multiplicity.
void add_sm(LaunchMeasure& measure, SmRecord const& sm, SmRecord const& first,
            SmRecord const& last) {
  auto const busy = static_cast<double>(sm.busy_ns);
  measure.busy_ns.push_back(busy);
  measure.slot_busy_ns += static_cast<double>(sm.slot_busy_ns);
  if (!used(sm)) {
    measure.tail_area_ns += measure.window_ns;
    measure.tail_length_ns = measure.window_ns;
    return;
  }
  double const tail = span_ns(sm.last_out_ns, measure.t1_ns);
  double const begin = span_ns(measure.t0_ns, sm.first_in_ns);
  double const end = measure.window_ns - tail;
  if (end > begin) measure.spans.push_back({begin, end, std::min(1.0, busy / (end - begin))});
  measure.useful_area_ns += busy;
  measure.ramp_area_ns += span_ns(measure.t0_ns, sm.first_in_ns);
  measure.gap_area_ns += span_ns(sm.first_in_ns, sm.last_out_ns) - busy;
  measure.tail_area_ns += tail;
  if (tail > measure.tail_length_ns) {
    measure.tail_length_ns = tail;
    measure.tail_length_u_ns = std::hypot(sm.u_ns, last.u_ns);
  }
  if (&sm != &last) measure.tail_area_u_ns += squared(sm.u_ns);
  if (&sm != &first) measure.ramp_area_u_ns += squared(sm.u_ns);
}

void add_areas(LaunchMeasure& measure, Trace const& trace, std::span<std::size_t const> rows,
               SmRecord const& first, SmRecord const& last) {
  measure.t0_ns = first.first_in_ns;
  measure.t1_ns = last.last_out_ns;
  measure.window_ns = span_ns(measure.t0_ns, measure.t1_ns);
  measure.window_u_ns = &first == &last ? 0 : std::hypot(first.u_ns, last.u_ns);
  double unused = 0;
  for (std::size_t row : rows) {
    add_sm(measure, trace.sms[row], first, last);
    unused += used(trace.sms[row]) ? 0 : 1;
  }
  if (measure.window_ns == measure.tail_length_ns) measure.tail_length_u_ns = measure.window_u_ns;
  double const sm_count = measure.sm_count();
  measure.tail_area_u_ns = std::sqrt(measure.tail_area_u_ns + squared((sm_count - 1) * last.u_ns) +
                                     squared(unused * first.u_ns));
  measure.ramp_area_u_ns =
      std::sqrt(measure.ramp_area_u_ns + squared((sm_count - unused - 1) * first.u_ns));
}

/// Rows of every item where all were kept, else the groups. CTAs that run several tiles are not
/// items: their tiles are.
Durations durations_of(Trace const& trace, LaunchRows const& rows, LaunchRecord const& launch,
                       CaseRecord const& of_case) {
  Durations durations;
  auto const work = rows.work.of(launch.launch_id);
  auto const ctas = rows.ctas.of(launch.launch_id);
  bool const cta_is_item =
      of_case.scheduler != "persistent" && of_case.scheduler != "balanced_split";
  for (std::size_t row : work) {
    durations.add_row(span_ns(trace.work[row].t_begin_ns, trace.work[row].t_end_ns));
  }
  if (!work.empty()) return durations;
  if (cta_is_item && launch.grid_ctas > 0 &&
      ctas.size() == static_cast<std::size_t>(launch.grid_ctas)) {
    for (std::size_t row : ctas) {
      durations.add_row(span_ns(trace.ctas[row].t_in_ns, trace.ctas[row].t_out_ns));
    }
    return durations;
  }
  for (std::size_t row : rows.tile_times.of(launch.launch_id)) {
    durations.add_group(trace.tile_times[row]);
  }
  return durations;
}

/// nullopt where no CTA ran.
std::optional<LaunchMeasure> measure_launch(Trace const& trace, LaunchRows const& rows,
                                            CycleCounters const& counters,
                                            LaunchRecord const& launch) {
  auto const sm_rows = rows.sms.of(launch.launch_id);
  auto const [first, last] = find_window(trace, sm_rows);
  if (first == nullptr) return std::nullopt;
  LaunchMeasure measure;
  measure.launch_id = launch.launch_id;
  measure.case_id = launch.case_id;
  measure.index = launch.index;
  measure.op = launch.op;
  measure.kernel = launch.kernel;
  measure.counted_as = launch.counted_as;
  measure.grid_ctas = launch.grid_ctas;
  measure.ctas_per_sm = std::max(launch.ctas_per_sm, 1);
  add_areas(measure, trace, sm_rows, *first, *last);
  measure.durations = durations_of(trace, rows, launch, trace.cases[launch.case_id]);
  for (std::size_t row : rows.tile_times.of(launch.launch_id)) {
    auto const& group = trace.tile_times[row];
    measure.tiles += group.count;
    measure.visited_blocks += static_cast<double>(group.count) * group.visited_blocks;
  }
  measure.counters = counters.of(launch.case_id, launch.index);
  return measure;
}

/// One repetition of a case in one pass.
struct Repetition {
  std::vector<LaunchMeasure> launches;
  bool usable = true;
  std::uint64_t rows_kept = 0;

  [[nodiscard]] double window_ns() const {
    double sum = 0;
    for (auto const& launch : launches) sum += launch.window_ns;
    return sum;
  }
};

using Repetitions = std::map<std::pair<std::uint32_t, std::uint32_t>, Repetition>;

CaseMeasure choose_repetition(Repetitions& repetitions) {
  std::vector<Repetition*> candidates;
  std::size_t most_launches = 0;
  bool any_kept = false;
  for (auto& [key, repetition] : repetitions) {
    if (repetition.usable) candidates.push_back(&repetition);
  }
  for (auto const* candidate : candidates) {
    most_launches = std::max(most_launches, candidate->launches.size());
  }
  std::erase_if(candidates, [&](auto* c) { return c->launches.size() < most_launches; });
  for (auto const* candidate : candidates) any_kept |= candidate->rows_kept > 0;
  std::erase_if(candidates, [&](auto* c) { return any_kept && c->rows_kept == 0; });
  CaseMeasure measure;
  if (candidates.empty()) {
    measure.reason = repetitions.empty() ? "no launch of this case was probed"
                                         : "another kernel ran beside every probed repetition";
    return measure;
  }
  std::stable_sort(candidates.begin(), candidates.end(),
                   [](auto* a, auto* b) { return a->window_ns() < b->window_ns(); });
  auto& chosen = *candidates[(candidates.size() - 1) / 2];
  std::stable_sort(chosen.launches.begin(), chosen.launches.end(),
                   [](auto const& a, auto const& b) { return a.index < b.index; });
  for (auto const& launch : chosen.launches) {
    if (launch.is_attention()) measure.attention.push_back(launch);
  }
  if (measure.attention.empty()) measure.reason = "no attention launch of this case was probed";
  measure.launches = std::move(chosen.launches);
  return measure;
}

}  // namespace

std::vector<CaseMeasure> measure_cases(Trace const& trace) {
  LaunchRows const rows(trace);
  CycleCounters const counters(trace.counters);
  std::vector<Repetitions> repetitions(trace.cases.size());
  for (auto const& launch : trace.launches) {
    if (launch.case_id == traces::kNoRow) continue;
    expects(launch.case_id < trace.cases.size(), "a launch's case_id names a case");
    if (rows.sms.of(launch.launch_id).empty()) continue;
    auto& repetition = repetitions[launch.case_id][{launch.pass, launch.repetition}];
    repetition.usable &= !launch.overlapped;
    repetition.rows_kept += launch.ctas_kept;
    auto measure = measure_launch(trace, rows, counters, launch);
    if (measure) repetition.launches.push_back(std::move(*measure));
  }
  std::vector<CaseMeasure> measures;
  measures.reserve(trace.cases.size());
  for (auto& of_case : repetitions) measures.push_back(choose_repetition(of_case));
  return measures;
}

}  // namespace fluxscope::analysis
