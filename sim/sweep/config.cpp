#include "sim/sweep/config.hpp"

#include <fmt/format.h>

#include <filesystem>

#include "base/error.hpp"
#include "base/files/config_path.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/policy/table.hpp"
#include "plan/decisions/sparse_table.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/size.hpp"
#include "sim/sweep/file.hpp"
#include "sim/sweep/points.hpp"

namespace fluxscope::sim {
namespace {

/// Each phase's kernels run the model, and its largest batch at the longest context can be planned.
void expect_plannable_phases(TomlTable const& file, SweepConfig const& config) {
  plan::expect_equal_heads(config.model, file.where("model"), "sweeps draw heads of one number");
  for (plan::Phase const phase : config.phases) {
    try {
      plan::validate(config.model.attention, phase);
    } catch (InputError const& error) {
      throw InputError(file.where("model") + ": " + error.what());
    }
    std::int64_t const kv_len = config.kv_lens.back();
    plan::expect_plannable({.phase = phase,
                            .shape = config.model.attention,
                            .requests = config.batches(phase).back(),
                            .q_len = phase == plan::Phase::prefill ? kv_len : 1,
                            .kv_len = kv_len},
                           config.model.layers, file.where("kv_lens_tokens"));
  }
}

void expect_few_gpus(TomlTable const& file, std::size_t gpus) {
  if (gpus <= limits::kSweepGpus) return;
  throw InputError(
      fmt::format("{}: gpus names {} (at most {} fit one sweep: a point stores its GPU "
                  "in a byte) make several sweeps",
                  file.where("gpus"), gpus, limits::kSweepGpus));
}

void expect_few_points(TomlTable const& file, SweepConfig const& config) {
  double const points = point_count(config);
  if (points <= limits::kSweepPoints) return;
  throw InputError(fmt::format(
      "{}: the lists make {:.10g} points, {:.3g} GB of rows (at most {} points, {:.2g} GB, are "
      "one sweep) shorten a list, or make several sweeps",
      file.where(), points, points * sizeof(SweepRow) * 1e-9, limits::kSweepPoints,
      static_cast<double>(limits::kSweepPoints) * sizeof(SweepRow) * 1e-9));
}

DeviceProfile named_gpu(TomlTable const& file, std::string const& name) {
  try {
    return load_device_profile(config_path("gpus", name));
  } catch (InputError const& error) {
    throw InputError(file.where("gpus") + ": gpus: " + error.what());
  }
}

}  // namespace

SweepConfig load_sweep(std::string const& path, std::string const& model) {
  std::string const text = read_text_file(path);
  auto const file = TomlTable::parse(text, path);
  SweepConfig config{.name = file.label("name"), .toml = plan::with_model_flag(text, model)};
  std::string const folder = std::filesystem::path(path).parent_path().string();
  static_cast<void>(file.has("model"));  // a key that is asked for is not unknown
  config.model = model.empty() ? plan::read_model_key(file, folder) : plan::model_of_flag(model);
  auto const gpus = distinct_texts(file, "gpus");
  expect_few_gpus(file, gpus.size());
  for (std::string const& gpu : gpus) {
    config.gpus.push_back(named_gpu(file, gpu));
  }
  for (auto const& phase : choices(file, "phases", plan::phase_names())) {
    config.phases.push_back(plan::phase_from(phase));
  }
  config.kv_lens = ascending_integers(file, "kv_lens_tokens", {1, limits::kTokens});
  for (plan::Phase const phase : config.phases) {
    bool const prefill = phase == plan::Phase::prefill;
    std::string const key = prefill ? "prefill_batches" : "decode_batches";
    (prefill ? config.prefill_batches : config.decode_batches) =
        ascending_integers(file, key, {1, limits::kBatch});
  }
  config.msr_ratios = ascending_numbers(file, "msr_ratios", {0, 1});
  config.policies = choices(file, "policies", plan::drawn_policy_names());
  for (auto const& name : choices(file, "executions", plan::head_execution_names())) {
    config.executions.push_back(plan::execution_from(name));
  }
  for (auto const& name : choices(file, "schedulers", plan::scheduler_names())) {
    config.schedulers.push_back(plan::scheduler_from(name));
  }
  config.seeds = ascending_integers(file, "seeds", {0, 1LL << 53});
  config.sparse = plan::read_sparse_table(file.table("sparse"));
  file.close();
  expect_plannable_phases(file, config);
  expect_few_points(file, config);
  return config;
}

}  // namespace fluxscope::sim
