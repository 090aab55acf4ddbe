#pragma once
// An experiment: which layers, or whole steps, under which selections, executions and schedulers.
// `profile` runs it on a GPU, `simulate` on a model of one.

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "plan/decisions/gates.hpp"
#include "plan/decisions/model.hpp"
#include "plan/layer/layer_plan.hpp"
#include "plan/layer/work_list.hpp"
#include "plan/step/launch_mode.hpp"
#include "plan/step/step_plan.hpp"

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
  std::int32_t q_len = 0;      ///< of the longest request
  std::int32_t kv_len = 0;     ///< of the longest request
  std::int64_t kv_tokens = 0;  ///< kv_len of all requests, summed
  Execution execution = Execution::layer_uniform;
  Scheduler scheduler = Scheduler::natural;
  std::int32_t tied_kv_heads = 0;  ///< heads of a request that tie at the cut, see Gates
  std::uint64_t tie_seed = 0;      ///< chose which of them are full
  std::int32_t chunks = 1;         ///< of a prefill in chunks
  /// [chunks, layers] case_id of each layer.
  std::vector<std::uint32_t> layer_cases;
};

/// One step of a row: what one rank launches for a prefill, a chunk of one, or a decoded token.
/// Its operations are make_step(experiment.model, shape); the attention of layer i is the case
/// layer_cases[i], so that equal layers are planned, and simulated, once.
struct Step {
  std::uint32_t step_id = 0;
  std::string name;  ///< unique: the row's, with chunk and mode
  std::uint32_t row_id = 0;
  LaunchMode mode = LaunchMode::eager;
  StepShape shape;
  std::int32_t chunk = 0;  ///< from 0
  std::int32_t chunks = 1;
  std::vector<std::uint32_t> layer_cases;  ///< [layers]
  /// [requests, layers, kv_heads of the rank]: decided once for a request, whatever its chunks.
  std::shared_ptr<Gates const> gates;
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
  Model model;       ///< whole; cases are of one rank's part of it, see rank_of()
  std::optional<PrefillKernel> prefill_kernel;  ///< none: the best one that the GPU runs
  MeasureSettings measure;
  std::vector<Case> cases;
  std::vector<Row> rows;
  std::vector<Step> steps;         ///< unit "step": of all rows; else none
  std::vector<std::string> notes;  ///< what the user should know and no row says, a sentence each
};

/// Reads and expands an experiment file; `model`, where not empty, stands in for the file's: see
/// read_experiment_file(). Throws InputError with file:line.
[[nodiscard]] Experiment load_experiment(std::string const& path, std::string const& model = {});

}  // namespace fluxscope::plan
