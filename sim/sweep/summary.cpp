#include "sim/sweep/summary.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>
#include <vector>

#include "base/speedup.hpp"
#include "base/terminal/number_text.hpp"
#include "base/terminal/text_table.hpp"
#include "base/text/escape.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::sim {
namespace {

using Group = std::tuple<std::uint8_t, std::uint8_t, std::int32_t, std::uint8_t, double>;

struct Context {
  SweepRow const* best = nullptr;
  SweepRow const* worst = nullptr;
};

struct Line {
  std::string gpu;
  std::string phase;
  std::int32_t batch = 0;
  std::string policy;
  double msr_ratio = 0;
  BreakEven break_even;
  SweepRow const* best = nullptr;   ///< at the longest context
  SweepRow const* worst = nullptr;  ///< at the longest context
};

std::string word(std::string const& words, std::size_t index) {
  std::size_t begin = 0;
  for (std::size_t i = 0; i < index; ++i) begin = words.find(',', begin) + 1;
  return words.substr(begin, words.find(',', begin) - begin);
}

BreakEven break_even_of(std::map<std::int32_t, Context> const& contexts) {
  std::vector<ContextSpeedup> points;
  for (auto const& [kv_len, context] : contexts) {
    points.push_back({kv_len, context.best->speedup_ratio});
  }
  return break_even(points);
}

std::vector<Line> lines_of(SweepTable const& table) {
  std::map<Group, std::map<std::int32_t, Context>> groups;
  for (SweepRow const& row : table.rows) {
    if (row.msr_ratio <= 0) continue;
    Context& context =
        groups[{row.gpu, row.phase, row.batch, row.policy, row.msr_ratio}][row.kv_len];
    // All rows of a context have one reference: the quickest has the greatest speed-up.
    if (!context.best || row.time_ns < context.best->time_ns) context.best = &row;
    if (!context.worst || row.time_ns > context.worst->time_ns) context.worst = &row;
  }
  std::vector<Line> lines;
  for (auto const& [group, contexts] : groups) {
    auto const& [gpu, phase, batch, policy, msr_ratio] = group;
    Context const& longest = contexts.rbegin()->second;
    lines.push_back({.gpu = word(table.gpu_words, gpu),
                     .phase = plan::to_text(static_cast<plan::Phase>(phase)),
                     .batch = batch,
                     .policy = word(table.policy_words, policy),
                     .msr_ratio = msr_ratio,
                     .break_even = break_even_of(contexts),
                     .best = longest.best,
                     .worst = longest.worst});
  }
  return lines;
}

std::string how(SweepRow const& row) {
  return plan::to_text(static_cast<plan::Execution>(row.execution)) + "/" +
         plan::to_text(static_cast<plan::Scheduler>(row.scheduler));
}

/// Who is quickest; that nobody is where the slowest takes as long.
std::string best_text(Line const& line) {
  bool const equal = line.worst->time_ns <= line.best->time_ns * (1 + kEqualTimesRatio);
  return how(*line.best) + (equal && line.best != line.worst ? ", all within 2 %" : "");
}

/// With all digits; an empty cell where there is none.
std::string csv_number(double value) {
  return std::isfinite(value) ? number_text("{}", value) : std::string();
}

bool past_ideal(Line const& line) {
  return beyond_ideal(line.best->speedup_ratio, line.best->ideal_speedup_ratio);
}

constexpr char kPastIdeal[] =
    "* the speed-up passes the ratio of the work: the quickest full run leaves more slots idle in "
    "its "
    "last wave,\n  pays more tiles or merges, or waits longer for shared memory than the run that "
    "reads less.\n";

std::string range_text(SweepRow const& row) {
  return number_text("{:.4g}", row.time_low_ns / 1e6) + "-" +
         number_text("{:.4g}", row.time_high_ns / 1e6);
}

constexpr char kCsvBegin[] = "gpu,phase,batch,policy,msr_ratio,";

}  // namespace

FileKind summary_kind() { return {.name = "a sweep's summary", .begins = {kCsvBegin}}; }

std::string sweep_summary_text(SweepTable const& table) {
  TextTable text({"gpu", "phase", "batch", "policy", "MSR", "pays from", "at tokens", "speed-up",
                  "ideal", "ms", "from-to", "source", "best", "worst", "with"});
  auto const lines = lines_of(table);
  for (Line const& line : lines) {
    text.add(
        {line.gpu, line.phase, std::to_string(line.batch), line.policy,
         number_text("{:g}", line.msr_ratio), to_text(line.break_even),
         std::to_string(line.best->kv_len), number_text("{:.2f}x", line.best->speedup_ratio),
         number_text("{:.2f}x", line.best->ideal_speedup_ratio) + (past_ideal(line) ? "*" : ""),
         number_text("{:.4g}", line.best->time_ns / 1e6), range_text(*line.best),
         word(kSweepProvenanceWords, line.best->provenance), best_text(line),
         number_text("{:.2f}x", line.worst->speedup_ratio), how(*line.worst)});
  }
  bool const note = std::any_of(lines.begin(), lines.end(), past_ideal);
  return text.text() + (note ? kPastIdeal : "");
}

std::string sweep_summary_csv(SweepTable const& table) {
  std::string csv =
      std::string(kCsvBegin) +
      "break_even_kv_len_tokens,kv_len_tokens,best_execution,"
      "best_scheduler,best_time_ns,best_time_low_ns,best_time_high_ns,best_speedup_ratio,"
      "worst_execution,worst_scheduler,worst_time_ns,worst_time_low_ns,worst_time_high_ns,"
      "worst_speedup_ratio,ideal_speedup_ratio,provenance\n";
  auto const names = [](SweepRow const& row) {
    return plan::to_text(static_cast<plan::Execution>(row.execution)) + "," +
           plan::to_text(static_cast<plan::Scheduler>(row.scheduler));
  };
  auto const numbers = [&](SweepRow const& row) {
    return fmt::format("{},{},{},{},{}", names(row), csv_number(row.time_ns),
                       csv_number(row.time_low_ns), csv_number(row.time_high_ns),
                       csv_number(row.speedup_ratio));
  };
  for (Line const& line : lines_of(table)) {
    csv += fmt::format("{},{},{},{},{},{},{},{},{},{},{}\n", csv_cell(line.gpu), line.phase,
                       line.batch, csv_cell(line.policy), line.msr_ratio, to_text(line.break_even),
                       line.best->kv_len, numbers(*line.best), numbers(*line.worst),
                       csv_number(line.best->ideal_speedup_ratio),
                       word(kSweepProvenanceWords, line.best->provenance));
  }
  return csv;
}

}  // namespace fluxscope::sim
