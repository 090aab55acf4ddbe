#include "analysis/replay/tables.hpp"

#include <fmt/format.h>

#include <cmath>
#include <map>
#include <tuple>

#include "analysis/format.hpp"
#include "analysis/replay/replay_text.hpp"

namespace fluxscope::analysis {
namespace {

using traces::BreakEvenRow;
using traces::ReplayRow;

std::string run_text(std::string const& execution, std::string const& scheduler,
                     std::string const& mode) {
  return execution + "/" + scheduler + (mode.empty() ? "" : "/" + mode);
}

std::string ratio_cell(TimeRatio const& ratio) {
  std::string const range = speedup_range_text(ratio.low, ratio.high);
  return speedup_text(ratio.value) + (range == "-" ? "" : " (" + range + ")");
}

std::string fit_text(std::int64_t requests) {
  return requests < 0 ? "-" : std::to_string(requests);
}

std::vector<std::string> time_header(traces::Replay const& replay) {
  // Attention alone is no time to a token.
  std::string const of = replay.attention_alone.empty() ? "" : "attention, ";
  return {of + "first token", "from-to", of + "per token", "from-to", of + "request", "speed-up"};
}

void add_times(ReplayRow const& row, std::vector<std::string>& cells) {
  for (TimeInterval const& one : {row.first_token, row.per_token}) {
    cells.push_back(time_text(one.time_ns));
    cells.push_back(time_range_text(one.low_ns, one.high_ns));
  }
  cells.push_back(time_text(row.latency.time_ns));
  cells.push_back(ratio_cell(row.latency_speedup));
}

void append(std::vector<std::string>& to, std::vector<std::string> const& from) {
  to.insert(to.end(), from.begin(), from.end());
}

/// The quickest row of each (task, policy, mode), by index.
std::map<std::tuple<std::string, std::string, std::string>, std::size_t> quickest_rows(
    traces::Replay const& replay) {
  std::map<std::tuple<std::string, std::string, std::string>, std::size_t> best;
  for (std::size_t i = 0; i < replay.rows.size(); ++i) {
    ReplayRow const& row = replay.rows[i];
    auto const [found, is_new] = best.try_emplace({row.task, row.policy, row.mode}, i);
    if (!is_new && row.latency.time_ns < replay.rows[found->second].latency.time_ns) {
      found->second = i;
    }
  }
  return best;
}

std::string even_text(std::string const& kind, double tokens) {
  if (kind == "always") return "always";
  if (kind == "never") return "never";
  return tokens_text(std::llround(tokens));
}

}  // namespace

std::string break_even_text(BreakEvenRow const& row) {
  std::string const range =
      tokens_text(row.points.front().kv_len) + " to " + tokens_text(row.points.back().kv_len);
  std::string text = row.kind == "from"     ? "from " + even_text(row.kind, row.kv_len_tokens)
                     : row.kind == "always" ? "always (" + range + ")"
                                            : "never within " + range;
  bool const known = !row.low_kind.empty() && !row.high_kind.empty();
  std::string const low = even_text(row.low_kind, row.low_tokens);
  std::string const high = even_text(row.high_kind, row.high_tokens);
  if (known && low != high) text += ", 90 %: " + low + " to " + high;
  return text;
}

TextTable mix_table(traces::Replay const& replay) {
  std::vector<std::string> header{"policy", "run", "MSR"};
  append(header, time_header(replay));
  append(header, {"attention's share", "KV/request", "requests fit", "source"});
  TextTable table(header);
  for (ReplayRow const& row : replay.rows) {
    if (!row.task.empty()) continue;
    std::vector<std::string> cells{row.policy, run_text(row.execution, row.scheduler, row.mode),
                                   fmt::format("{:.2f}", row.msr_ratio)};
    add_times(row, cells);
    append(cells, {percent_text(row.attention_ratio), bytes_text(row.kv_bytes),
                   fit_text(row.requests_fit), row.provenance});
    table.add(cells);
  }
  return table;
}

TextTable task_table(traces::Replay const& replay, bool all) {
  std::vector<std::string> header{"task", "weight", "prompt", "output", "policy", "run", "MSR"};
  append(header, time_header(replay));
  append(header, {"requests fit"});
  TextTable table(header);
  auto const best = quickest_rows(replay);
  for (std::size_t i = 0; i < replay.rows.size(); ++i) {
    ReplayRow const& row = replay.rows[i];
    if (row.task.empty()) continue;
    if (!all && best.at({row.task, row.policy, row.mode}) != i) continue;
    std::vector<std::string> cells{row.task,
                                   percent_text(row.weight),
                                   fmt::format("{:.0f}", row.prompt_tokens),
                                   fmt::format("{:.0f}", row.output_tokens),
                                   row.policy,
                                   run_text(row.execution, row.scheduler, row.mode),
                                   fmt::format("{:.2f}", row.msr_ratio)};
    add_times(row, cells);
    cells.push_back(fit_text(row.requests_fit));
    table.add(cells);
  }
  return table;
}

TextTable break_even_table(traces::Replay const& replay) {
  std::vector<std::string> header{"phase", "policy", "run", "MSR", "pays", "longest", "speed-up"};
  for (char const* part : traces::kReplayPartNames) header.push_back(spoken(part));
  TextTable table(header);
  for (BreakEvenRow const& row : replay.break_evens) {
    auto const& longest = row.points.back();
    std::vector<std::string> cells{row.phase,
                                   row.policy,
                                   run_text(row.execution, row.scheduler, row.mode),
                                   fmt::format("{:.2f}", row.msr_ratio),
                                   break_even_text(row),
                                   tokens_text(longest.kv_len),
                                   ratio_cell(longest.speedup)};
    for (double const ns : row.longest_ns) cells.push_back(time_text(ns));
    table.add(cells);
  }
  return table;
}

TextTable parts_table(traces::Replay const& replay) {
  std::vector<std::string> header{"policy", "run", "phase"};
  for (char const* part : traces::kReplayPartNames) header.push_back(spoken(part));
  TextTable table(header);
  for (ReplayRow const& row : replay.rows) {
    if (!row.task.empty()) continue;
    for (auto const& [phase, times] :
         {std::pair("prefill", &row.prefill_ns), std::pair("decode", &row.decode_ns)}) {
      std::vector<std::string> cells{row.policy, run_text(row.execution, row.scheduler, row.mode),
                                     phase};
      for (double const ns : *times) cells.push_back(time_text(ns));
      table.add(cells);
    }
  }
  return table;
}

}  // namespace fluxscope::analysis
