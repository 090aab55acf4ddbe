#include "sim/sweep/config.hpp"

#include "base/files/config_path.hpp"
#include "base/files/text_file.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/policy/table.hpp"
#include "plan/decisions/sparse_table.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::sim {

SweepConfig load_sweep(std::string const& path) {
  std::string const text = read_text_file(path);
  auto const file = TomlTable::parse(text, path);
  SweepConfig config{.name = file.text("name"), .toml = text};
  config.model = plan::load_model(config_path("models", file.text("model")));
  for (std::string const& gpu : distinct_texts(file, "gpus")) {
    config.gpus.push_back(load_device_profile(config_path("gpus", gpu)));
  }
  for (auto const& phase : choices(file, "phases", plan::phase_names())) {
    config.phases.push_back(plan::phase_from(phase));
  }
  config.kv_lens = ascending_integers(file, "kv_lens_tokens", {1, 1 << 23});
  for (plan::Phase const phase : config.phases) {
    bool const prefill = phase == plan::Phase::prefill;
    std::string const key = prefill ? "prefill_batches" : "decode_batches";
    (prefill ? config.prefill_batches : config.decode_batches) =
        ascending_integers(file, key, {1, 1024});
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
  return config;
}

}  // namespace fluxscope::sim
