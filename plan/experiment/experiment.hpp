#pragma once
// An experiment: which layers under which selections, executions and schedulers. `profile` runs it
// on a GPU, `simulate` on a model of one.

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "plan/decisions/model.hpp"
#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"

namespace fluxscope::plan {

/// One distinct layer plan. Layers and rows that need the same plan share the case.
struct Case {
  std::uint32_t case_id = 0;
  std::string name;  ///< unique, e.g. "decode/b8/kv131072/full4of8/balanced/persistent"
  LayerPlan plan;
  std::string sparse_kind;         ///< "none", "streaming", "triangle"
  std::int32_t full_kv_heads = 0;  ///< summed over the batch
  Selection sparse;                ///< of the sparse heads
};

/// One line of the verdict table: a policy over the whole model.
struct Row {
  std::uint32_t row_id = 0;
  std::string policy;
  std::string level;  ///< "full", "layer", "head"
  double msr_ratio = 0;
  Phase phase = Phase::prefill;
  std::int32_t batch = 1;
  std::int32_t q_len = 0;
  std::int32_t kv_len = 0;
  Execution execution = Execution::layer_uniform;
  Scheduler scheduler = Scheduler::natural;
  std::int32_t tied_kv_heads = 0;          ///< heads of a request that tie at the cut, see Gates
  std::uint64_t tie_seed = 0;              ///< chose which of them are full
  std::vector<std::uint32_t> layer_cases;  ///< [layers] case_id of each layer
};

/// How long and how often to measure, and what to keep. Keys of [measure] and [trace].
struct MeasureSettings {
  std::int32_t samples = 10;  ///< timings kept per case at most
  std::int32_t min_samples = 3;
  double case_time_limit_ms = 400;  ///< stop sampling a case after this, min_samples apart
  std::int32_t warmups = 1;
  std::int32_t keep_cta_rows = 4096;  ///< launches with more CTAs keep /sm and /tile_times only
  std::int32_t keep_warp_rows = 1024;
  std::vector<std::int32_t> keep_contexts;  ///< kv_len whose CTA rows are kept; empty: all
  bool activity = true;
  bool probe = true;
  bool counters = true;
  std::uint64_t seed = 1;
};

struct Experiment {
  std::string name;
  std::string path;
  std::string toml;  ///< the file, whole; see with_model_flag()
  Model model;
  std::optional<PrefillKernel> prefill_kernel;  ///< none: the best one that the GPU runs
  MeasureSettings measure;
  std::vector<Case> cases;
  std::vector<Row> rows;
  std::vector<std::string> notes;  ///< what the user should know and no row says, a sentence each
};

/// Reads and expands an experiment file; `model`, where not empty, stands in for the file's: see
/// read_experiment_file(). Throws InputError with file:line.
[[nodiscard]] Experiment load_experiment(std::string const& path, std::string const& model = {});

}  // namespace fluxscope::plan
