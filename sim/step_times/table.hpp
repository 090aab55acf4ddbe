#pragma once
// Tables of measured times of what is no attention in a step: products, operations on rows,
// all_reduce.

#include <cstdint>
#include <string>
#include <vector>

#include "plan/decisions/model.hpp"
#include "plan/step/step_op.hpp"
#include "sim/times/table.hpp"

namespace fluxscope::sim {

/// The table of a profile that a time belongs in.
enum class StepTable : std::uint8_t { gemm, rows, collective };
[[nodiscard]] std::string to_text(StepTable table);

struct StepTimedRow {
  StepTable table = StepTable::gemm;
  plan::GemmShape gemm;                            ///< StepTable::gemm
  plan::LaunchOp op = plan::LaunchOp::all_reduce;  ///< StepTable::rows
  std::int32_t ranks = 0;                          ///< StepTable::collective
  std::int64_t bytes = 0;  ///< rows: read and written; collective: of one rank's message
  double time_ns = 0;
  std::int32_t file = 0;  ///< of StepTimes::paths
  std::int64_t line = 0;

  /// "product 4096 x 6144 x 4096", "rms_norm of 1048576 bytes".
  [[nodiscard]] std::string what() const;
};

struct StepTimes {
  std::vector<std::string> paths;
  std::vector<StepTimedRow> rows;  ///< one per product, or operation and size

  /// "path:line: " of a row.
  [[nodiscard]] std::string where(StepTimedRow const& row) const;
};

/// Whether the header of the file is that of such a table, complete or not; others are tables of
/// attention.
[[nodiscard]] bool is_step_times(std::string const& path);

/// Reads tables of these forms, known by their columns; a time column is time_ns|_us|_ms|_s or
/// latency_...:
///   ours             m, n, k, time: products
///                    op (of row_op_names()), bytes, time: operations on rows
///                    ranks, bytes, time: all_reduce
///   aiconfigurator   gemm_dtype (bfloat16), m, n, k, latency (ms)
///                    op_name (all_reduce), allreduce_dtype (bfloat16), num_gpus, message_size
///                    (elements), backend, latency (ms): rows of CUDA graphs alone, as eager ones
///                    hold the host's launch
///   Vidur, Frontier  num_tokens, time_stats.<operation>.median (ms), the model's sizes: products
///                    of QKV, output, gate and up, down; embedding, rms_norm, rope_append, silu_mul
///                    time_stats.all_reduce.median, num_workers, size (bytes), collective
/// `models`: products of whose weights on one GPU alone are read; none: all.
/// Throws InputError "path:line: ..." for a missing or unknown column, a time without a unit, that
/// is not positive or not a number, a case given twice (Repeats::refuse), sizes outside their
/// range, another number format than bf16, and a table without rows.
[[nodiscard]] StepTimes read_step_times(std::vector<std::string> const& paths, Repeats repeats,
                                        std::vector<plan::Model> const& models);

}  // namespace fluxscope::sim
