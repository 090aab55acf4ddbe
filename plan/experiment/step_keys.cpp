#include "plan/experiment/step_keys.hpp"

#include <string>

#include "base/error.hpp"
#include "base/limits.hpp"
#include "base/toml/lists.hpp"
#include "plan/step/step_plan.hpp"

namespace fluxscope::plan {
namespace {

/// What every step of the model needs, tried on the smallest one.
void expect_steps_of(TomlTable const& file, StepKeys const& keys, Model const& model) {
  try {
    static_cast<void>(
        make_step(model, {.phase = Phase::decode, .sequences = {{1, 1}}, .ranks = keys.ranks}));
  } catch (InputError const& error) {
    throw InputError(file.where(file.has("ranks") ? "ranks" : "unit") + ": " + error.what());
  }
}

}  // namespace

StepKeys read_step_keys(TomlTable const& file, Model const& model) {
  StepKeys keys;
  keys.whole_steps = file.has("unit") && file.choice("unit", {"layer", "step"}) == "step";
  for (std::string const key : {"launch", "ranks"}) {
    if (keys.whole_steps || !file.has(key)) continue;
    throw InputError(file.where(key) + ": " + key +
                     " in an experiment of layers (it is how whole " +
                     "steps are run) set unit = \"step\", or remove it");
  }
  if (!keys.whole_steps) return keys;
  keys.ranks = static_cast<std::int32_t>(file.integer_or("ranks", 1, {1, limits::kHeads}));
  for (std::string const& name :
       file.has("launch") ? choices(file, "launch", launch_mode_names()) : launch_mode_names()) {
    keys.launch.push_back(launch_mode_from(name));
  }
  expect_steps_of(file, keys, model);
  return keys;
}

}  // namespace fluxscope::plan
