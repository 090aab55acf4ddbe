#include "analysis/measure/full_cases.hpp"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>

namespace fluxscope::analysis {
namespace {

using traces::CaseRecord;
using traces::Trace;

bool is_full_layer(CaseRecord const& record) {
  return record.full_kv_heads == record.batch * record.kv_heads &&
         record.execution == "layer_uniform";
}

bool same_work(CaseRecord const& a, CaseRecord const& b) {
  return a.phase == b.phase && a.batch == b.batch && a.q_len == b.q_len && a.kv_len == b.kv_len &&
         a.q_heads == b.q_heads && a.kv_heads == b.kv_heads && a.head_dim == b.head_dim &&
         a.full_blocks == b.full_blocks;
}

/// Case after case: the first of the same scheduler, else the quickest.
std::optional<std::uint32_t> searched(Trace const& trace, std::uint32_t case_id) {
  auto const& record = trace.cases[case_id];
  if (is_full_layer(record)) return case_id;
  std::optional<std::uint32_t> other;
  for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
    auto const& one = trace.cases[id];
    if (!is_full_layer(one) || !same_work(record, one) || one.selected_blocks <= 0) continue;
    if (one.scheduler == record.scheduler) return id;
    if (!std::isfinite(one.time_ns)) continue;
    if (!other || one.time_ns < trace.cases[*other].time_ns) other = id;
  }
  return other;
}

// Every field takes few values, so that most cases have several counterparts, and some none.
Trace crowded_trace(unsigned seed) {
  std::mt19937 random(seed);
  auto const below = [&](int count) {
    return std::uniform_int_distribution<int>(0, count - 1)(random);
  };
  Trace trace;
  trace.cases.resize(60);
  for (CaseRecord& record : trace.cases) {
    record.phase = below(2) == 0 ? "decode" : "prefill";
    record.execution = below(3) == 0 ? "fused" : "layer_uniform";
    record.scheduler = std::string(1, static_cast<char>('a' + below(3)));
    record.batch = 1 + below(2);
    record.kv_heads = 2;
    record.full_kv_heads = below(3);
    record.kv_len = 64 * below(2);
    record.full_blocks = below(2);
    record.selected_blocks = below(4);
    record.time_ns = below(5) == 0 ? std::numeric_limits<double>::quiet_NaN() : below(6);
  }
  return trace;
}

TEST(FullCases, EveryCaseHasTheCounterpartThatASearchThroughAllCasesFinds) {
  std::size_t found = 0;
  for (unsigned seed = 0; seed < 40; ++seed) {
    Trace const trace = crowded_trace(seed);
    FullCases const full_cases(trace);
    for (std::uint32_t id = 0; id < trace.cases.size(); ++id) {
      auto const want = searched(trace, id);
      ASSERT_EQ(full_cases.of(id), want) << "seed " << seed << ", case " << id;
      found += want && *want != id ? 1 : 0;
    }
  }
  EXPECT_GT(found, 200u);  // the search has something to find
}

}  // namespace
}  // namespace fluxscope::analysis
