#pragma once
// Tables of measured times of other people's kernels.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/op/attention_shape.hpp"
#include "plan/op/phase.hpp"

namespace fluxscope::sim {

/// One measured launch of an attention operator: all heads of one layer of `batch` equal requests.
struct TimedRow {
  plan::Phase phase = plan::Phase::prefill;
  std::int32_t batch = 0;
  std::int32_t q_len = 0;   ///< tokens; 1 in decode
  std::int32_t kv_len = 0;  ///< tokens, the queries' own included
  plan::AttentionShape shape;
  std::int32_t window_tokens = 0;  ///< a row sees its last so many tokens, itself included; 0: all
  bool causal = true;
  double time_ns = 0;
  std::int32_t file = 0;  ///< of TimesTable::paths
  std::int64_t line = 0;
};

/// What a case measured more than once becomes.
enum class Repeats : std::uint8_t { refuse, median };

struct TimesTable {
  std::vector<std::string> paths;
  std::string kernel;          ///< as the tables name it; empty where they do not
  std::vector<TimedRow> rows;  ///< one per case

  /// "path:line: " of a row.
  [[nodiscard]] std::string where(TimedRow const& row) const;
};

/// Reads tables of these forms, known by their columns:
///   ours             phase (may be missing: decode where q_len is 1), batch, q_len, kv_len,
///   q_heads,
///                    kv_heads, head_dim, time_ns|_us|_ms|_s or latency_..., and if given
///                    window_tokens (0: none), causal (0 or 1), kernel, op (attention)
///   aiconfigurator   batch_size, isl, step, num_heads, num_key_value_heads, head_dim, latency
///   (ms),
///                    window_size, kernel_source: context and generation tables
///   Vidur, Frontier  batch_size, prefill_chunk_size, kv_cache_size, is_prefill, n_embd, n_q_head,
///                    n_kv_head, num_tensor_parallel_workers, time_stats.attn_*.median (ms)
/// Throws InputError "path:line: ..." for a missing or unknown column, a time without a unit, that
/// is not positive or not a number, a case given twice (Repeats::refuse), sizes outside their
/// range, rows of two kernels, and a table without rows.
[[nodiscard]] TimesTable read_times(std::vector<std::string> const& paths, Repeats repeats);

}  // namespace fluxscope::sim
