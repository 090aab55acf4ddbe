#include <fmt/format.h>

#include <cmath>
#include <set>

#include "analysis/replay/replay_text.hpp"
#include "analysis/replay/tables.hpp"
#include "base/text/escape.hpp"

namespace fluxscope::analysis {
namespace {

constexpr char kPartsAbout[] =
    "ideal: the quickest full attention's time x the share of KV blocks that is read; rate: what "
    "the tiles take beyond that (the ideal holds full attention's own tail, so it may be "
    "negative); "
    "tail: what levelled SMs would save; the parts sum to the time.";

std::string scope_text(traces::Replay const& replay) {
  std::string text = fmt::format("{}: {}, batch {}, on {} ({})\n", replay.name, replay.model,
                                 replay.batch, replay.gpu, replay.profile);
  if (!replay.attention_alone.empty()) {
    text += "attention alone is predicted, its share of a step is not known: " +
            replay.attention_alone + "\n";
  }
  return text;
}

std::string notes_text(traces::Replay const& replay, std::string const& bullet) {
  std::string text;
  for (std::string const& one : replay.not_charged) {
    text += fmt::format("{}not charged: {}\n", bullet, one);
  }
  for (std::string const& one : replay.notes) text += fmt::format("{}note: {}\n", bullet, one);
  return text;
}

std::size_t task_count(traces::Replay const& replay) {
  std::set<std::string> tasks;
  for (traces::ReplayRow const& row : replay.rows) {
    if (!row.task.empty()) tasks.insert(row.task);
  }
  return tasks.size();
}

std::string number(double value) { return std::isfinite(value) ? fmt::format("{}", value) : ""; }

void add_number(std::string& line, double value) {
  line += ',';
  line += number(value);
}

void add_interval(std::string& line, TimeInterval const& time) {
  for (double const ns : {time.time_ns, time.low_ns, time.high_ns}) add_number(line, ns);
}

void add_ratio(std::string& line, TimeRatio const& ratio) {
  for (double const value : {ratio.value, ratio.low, ratio.high}) add_number(line, value);
}

std::string csv_header() {
  std::string text =
      "task,policy,level,execution,scheduler,mode,weight,prompt_tokens,output_tokens,msr_ratio";
  for (std::string const name : {"first_token", "per_token", "latency"}) {
    text += fmt::format(",{0}_ns,{0}_low_ns,{0}_high_ns", name);
  }
  for (std::string const name : {"first_token", "per_token", "latency"}) {
    text += fmt::format(",{0}_speedup_ratio,{0}_speedup_low_ratio,{0}_speedup_high_ratio", name);
  }
  text += ",attention_ratio,kv_bytes,requests_fit,provenance,scope";
  for (std::string const phase : {"prefill", "decode"}) {
    for (char const* part : traces::kReplayPartNames) text += fmt::format(",{}_{}_ns", phase, part);
  }
  return text + "\n";
}

}  // namespace

std::string replay_terminal(traces::Replay const& replay) {
  std::string text = scope_text(replay) + "\n" + mix_table(replay).text();
  if (task_count(replay) > 1) {
    text += "\nquickest run of each policy, by task\n" + task_table(replay, false).text();
  }
  if (!replay.break_evens.empty()) {
    text += "\nfrom which context it pays; at the longest, what its time is made of\n" +
            break_even_table(replay).text();
  }
  std::string const notes = notes_text(replay, "");
  if (!notes.empty()) text += "\n";
  return text + notes;
}

std::string replay_markdown(traces::Replay const& replay) {
  std::string text = "# fluxscope replay\n\n" + markdown_text(scope_text(replay)) + "\n\n";
  if (!replay.break_evens.empty()) {
    text += "## From which context it pays\n\n" + break_even_table(replay).markdown() + "\n";
  }
  text += "## The mix\n\n" + mix_table(replay).markdown() + "\n## What the times are made of\n\n" +
          kPartsAbout + "\n\n" + parts_table(replay).markdown() + "\n## By task\n\n" +
          task_table(replay, true).markdown();
  std::string const notes = notes_text(replay, "* ");
  if (!notes.empty()) text += "\n";
  return text + notes;
}

std::string replay_csv(traces::Replay const& replay) {
  std::string text = csv_header();
  for (traces::ReplayRow const& row : replay.rows) {
    std::string line = csv_cell(row.task);
    for (std::string const* cell :
         {&row.policy, &row.level, &row.execution, &row.scheduler, &row.mode}) {
      line += ',';
      line += csv_cell(*cell);
    }
    for (double const value : {row.weight, row.prompt_tokens, row.output_tokens, row.msr_ratio}) {
      add_number(line, value);
    }
    for (auto const* time : {&row.first_token, &row.per_token, &row.latency}) {
      add_interval(line, *time);
    }
    for (auto const* ratio :
         {&row.first_token_speedup, &row.per_token_speedup, &row.latency_speedup}) {
      add_ratio(line, *ratio);
    }
    line += fmt::format(",{},{},{},{},{}", number(row.attention_ratio), number(row.kv_bytes),
                        row.requests_fit < 0 ? "" : std::to_string(row.requests_fit),
                        row.provenance, replay.attention_alone.empty() ? "step" : "attention");
    for (auto const* times : {&row.prefill_ns, &row.decode_ns}) {
      for (double const ns : *times) add_number(line, ns);
    }
    text += line + "\n";
  }
  return text;
}

}  // namespace fluxscope::analysis
