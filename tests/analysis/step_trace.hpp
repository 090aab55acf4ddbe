#pragma once
// A trace of four steps, worked out by hand: full and flux, eager and as a graph.

#include <string>

#include "traces/record/trace.hpp"

namespace fluxscope::analysis::testing {

/// Times of a step's launches: attention of layers 0 and 1, a router, products, a norm.
struct StepTimes {
  double attention_ns[2];
  double router_ns;
  double gemm_ns;
  double norm_ns;
  double time_ns;
};

inline void add_step(traces::Trace& trace, std::uint32_t row, std::string const& mode,
                     StepTimes const& times) {
  auto const id = static_cast<std::uint32_t>(trace.steps.size());
  trace.steps.push_back({.step_id = id,
                         .name = trace.rows[row].policy + "/" + mode,
                         .row_id = row,
                         .mode = mode,
                         .time_ns = times.time_ns,
                         .time_low_ns = 0.9 * times.time_ns,
                         .time_high_ns = 1.1 * times.time_ns,
                         .provenance = "interpolated"});
  std::uint32_t index = 0;
  auto const add = [&](std::string op, std::string counted_as, std::uint32_t case_id, double ns) {
    trace.step_launches.push_back({.step_id = id,
                                   .index = index++,
                                   .layer = 0,
                                   .op = std::move(op),
                                   .counted_as = std::move(counted_as),
                                   .case_id = case_id,
                                   .time_ns = ns});
  };
  add("rms_norm", "other", traces::kNoRow, times.norm_ns);
  add("qkv_gemm", "other", traces::kNoRow, times.gemm_ns);
  if (times.router_ns > 0) add("router", "selection", traces::kNoRow, times.router_ns);
  add("prefill", "attention", 0, times.attention_ns[0]);
  add("combine", "other", 0, times.attention_ns[1]);  // a merge of attention
  add("qkv_gemm", "other", traces::kNoRow, times.gemm_ns);
}

/// full: attention 1000 + 200, products 2 x 300, norm 50: 1850 of 2000 (eager), 1900 (graph).
/// flux: attention 400 + 100, router 60, the same products, norm 40: 1200 of 1950, 1250.
inline traces::Trace step_trace(std::string const& source = "measured") {
  traces::Trace trace;
  trace.run.source = source;
  trace.complete = true;
  trace.cases = {{.case_id = 0, .name = "c", .phase = "prefill"}};
  for (char const* policy : {"full", "flux"}) {
    auto const id = static_cast<std::uint32_t>(trace.rows.size());
    trace.rows.push_back({.row_id = id,
                          .policy = policy,
                          .level = id == 0 ? "full" : "layer",
                          .msr_ratio = 0.5 * id,
                          .phase = "prefill",
                          .batch = 1,
                          .q_len = 512,
                          .kv_len = 512,
                          .execution = "layer_uniform",
                          .scheduler = "natural",
                          .kv_tokens = 512});
  }
  add_step(trace, 0, "eager", {{1000, 200}, 0, 300, 50, 2000});
  add_step(trace, 0, "graph", {{1000, 200}, 0, 300, 50, 1900});
  add_step(trace, 1, "eager", {{400, 100}, 60, 300, 40, 1950});
  add_step(trace, 1, "graph", {{400, 100}, 60, 300, 40, 1250});
  return trace;
}

}  // namespace fluxscope::analysis::testing
