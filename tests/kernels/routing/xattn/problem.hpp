#pragma once
// An XAttention problem on the GPU with its expected block scores. Rows and tokens that no sequence
// owns are NaN.

#include <cstdint>
#include <functional>
#include <vector>

#include "kernels/routing/xattn/score/launch.hpp"
#include "kernels/routing/xattn/select/launch.hpp"
#include "kernels/routing/xattn/tables.hpp"
#include "tests/kernels/support/kv_cache.hpp"

namespace fluxscope::testing {

/// launch_xattn_score or launch_xattn_score_wgmma.
using ScoreLauncher = std::function<void(kernels::XattnScoreParams const&,
                                         kernels::XattnTuning const&, cudaStream_t)>;

struct XattnSetup {
  std::int32_t head_dim = 128;
  std::int32_t q_heads = 4;
  std::int32_t kv_heads = 2;
  std::int32_t stride = 16;
  std::vector<plan::SequenceShape> sequences;  // [batch]
  bool token_major = false;                    ///< see KvCacheShape
  std::int32_t shift = 0;                      ///< elements of K before everything else
  float q_scale = 4;                           ///< scores of a few units: softmax with a profile
  std::uint64_t seed = 1;

  [[nodiscard]] plan::AttentionShape shape() const { return {q_heads, kv_heads, head_dim}; }
};

/// How a launch walks its table.
struct ScoreWalk {
  std::int32_t grid_ctas = 0;           ///< 0: a CTA per tile, else as many with a queue
  bool queue = true;                    ///< false: CTA i takes tiles i, i + grid_ctas, ...
  std::vector<std::int32_t> cta_begin;  ///< shares of the table instead; [CTAs + 1] or empty
  bool reversed = false;                ///< the table backwards
  kernels::ProbeLevel probe = kernels::ProbeLevel::off;
};

class XattnProblem {
 public:
  explicit XattnProblem(XattnSetup setup);

  [[nodiscard]] kernels::XattnTables const& tables() const { return tables_; }

  /// Block scores [row_begin.back()], and one NaN more, which must stay. A queue must be 0 again.
  [[nodiscard]] std::vector<float> run(ScoreLauncher const& launcher,
                                       ScoreWalk const& walk = {}) const;

  /// [row_begin.back()], in double.
  [[nodiscard]] std::vector<double> expected() const;

 private:
  XattnSetup setup_;
  kernels::XattnTables tables_;
  KvCache cache_;
  std::vector<std::int64_t> q_row_begin_;  // [batch]
  std::vector<float> q_;                   // [rows, q_heads, head_dim], bf16 values
};

/// The lists of one xattn_select launch.
struct SelectedRows {
  std::vector<std::vector<std::int32_t>> rows;
  bool bounded = true;  ///< nothing was written between the rows
};

struct SelectSetup {
  float threshold = 0.9f;
  std::vector<float> head_thresholds;  ///< empty: threshold for all
  std::int32_t sink_blocks = 1;
  std::int32_t recent_blocks = 1;
  kernels::ProbeLevel probe = kernels::ProbeLevel::off;
};

[[nodiscard]] SelectedRows run_select(kernels::XattnTables const& tables,
                                      std::vector<float> const& scores, SelectSetup const& setup);

}  // namespace fluxscope::testing
