#include "plan/experiment/file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/sparse_table.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

namespace fs = std::filesystem;

constexpr IntegerRange kTokens{1, limits::kTokens};
constexpr IntegerRange kCount{0, 1 << 30};
constexpr char const* kOwnWindows = "own_windows";

void read_measure(TomlTable const& table, MeasureSettings& settings) {
  auto const count = [&](std::string const& key, std::int32_t fallback, std::int64_t least) {
    return static_cast<std::int32_t>(table.integer_or(key, fallback, {least, 1 << 20}));
  };
  settings.samples = count("samples", settings.samples, 1);
  settings.min_samples = count("min_samples", std::min(settings.min_samples, settings.samples), 1);
  settings.case_time_limit_ms =
      table.number_or("case_time_limit_ms", settings.case_time_limit_ms, {0, 1e9});
  settings.warmups = count("warmups", settings.warmups, 0);
  settings.activity = table.boolean_or("activity", settings.activity);
  settings.probe = table.boolean_or("probe", settings.probe);
  settings.counters = table.boolean_or("counters", settings.counters);
  settings.seed = static_cast<std::uint64_t>(
      table.integer_or("seed", static_cast<std::int64_t>(settings.seed), {0, 1LL << 53}));
  if (settings.min_samples > settings.samples) {
    throw InputError(table.where("min_samples") + ": min_samples is above samples (at most " +
                     std::to_string(settings.samples) + " are taken) lower it");
  }
  table.close();
}

void read_trace(TomlTable const& table, std::vector<Workload> const& workloads,
                MeasureSettings& settings) {
  settings.keep_cta_rows =
      static_cast<std::int32_t>(table.integer_or("keep_cta_rows", settings.keep_cta_rows, kCount));
  settings.keep_warp_rows = static_cast<std::int32_t>(
      table.integer_or("keep_warp_rows", settings.keep_warp_rows, kCount));
  if (table.has("keep_contexts")) {
    for (std::int64_t const kv_len : ascending_integers(table, "keep_contexts", kTokens)) {
      bool const known = std::any_of(workloads.begin(), workloads.end(),
                                     [&](Workload const& one) { return has_context(one, kv_len); });
      if (!known) {
        throw InputError(table.where("keep_contexts") + ": keep_contexts holds " +
                         std::to_string(kv_len) + ", which no workload has in kv_lens_tokens " +
                         "(its rows could not be kept) remove it");
      }
      settings.keep_contexts.push_back(static_cast<std::int32_t>(kv_len));
    }
  }
  table.close();
}

/// Rows, their layers and what is planned for them, before any of it is.
void expect_rows_plannable(TomlTable const& file, ExperimentFile const& experiment) {
  std::int64_t policy_rows = 0;
  for (Policy const& policy : experiment.policies) {
    policy_rows += static_cast<std::int64_t>(policy.executions.size() * policy.schedulers.size());
  }
  double rows = 0;
  double selections = 0;
  double steps = 0;
  double step_requests = 0;
  auto const modes = static_cast<double>(experiment.steps.launch.size());
  for (Workload const& workload : experiment.workloads) {
    WorkloadSize const size = size_of(workload);
    auto const times = static_cast<double>(policy_rows);
    rows += times * size.rows;
    // Of each chunk, if there are any.
    selections +=
        times * size.chunk_requests * experiment.model.attention.q_heads * experiment.model.layers;
    steps += times * modes * size.chunks;
    step_requests += times * modes * size.chunk_requests;
  }
  auto const refuse = [&](double count, std::string const& what, std::int64_t most) {
    throw InputError(
        fmt::format("{}: the workloads and policies make {:.10g} {} (at most {} fit "
                    "one experiment) split the file, or shorten its lists",
                    file.where(), count, what, most));
  };
  if (rows > limits::kRows) refuse(rows, "rows", limits::kRows);
  if (rows * experiment.model.layers > limits::kRowLayers) {
    refuse(rows * experiment.model.layers, "layers of rows", limits::kRowLayers);
  }
  if (selections > limits::kPlannedSelections) {
    refuse(selections, "selections of a request and head", limits::kPlannedSelections);
  }
  if (steps > limits::kRows) refuse(steps, "steps", limits::kRows);
  if (step_requests > limits::kStepRequests) {
    refuse(step_requests, "requests of steps", limits::kStepRequests);
  }
}

void add_note(std::vector<std::string>& notes, std::string const& note) {
  if (!note.empty()) notes.push_back(note);
}

void expect_some(TomlTable const& file, bool some, std::string const& key) {
  if (some) return;
  throw InputError(file.where() + ": no [[" + key + "]] (there would be nothing to run) add one");
}

}  // namespace

ExperimentFile read_experiment_file(std::string const& path, std::string const& model) {
  std::string const text = read_text_file(path);
  auto const file = TomlTable::parse(text, path);
  std::string const folder = fs::path(path).parent_path().string();
  ExperimentFile result{.name = file.label("name"), .toml = with_model_flag(text, model)};
  static_cast<void>(file.has("model"));  // a key that is asked for is not unknown
  result.model = model.empty() ? read_model_key(file, folder) : model_of_flag(model);
  if (file.has("prefill_kernel")) {
    result.prefill_kernel =
        prefill_kernel_from(file.choice("prefill_kernel", prefill_kernel_names()));
  }
  result.steps = read_step_keys(file, result.model);
  PolicyContext context{
      .model = result.model, .folder = folder, .whole_steps = result.steps.whole_steps};
  for (auto const& name : choices(file, "schedulers", scheduler_names())) {
    context.schedulers.push_back(scheduler_from(name));
  }
  if (file.has("sparse")) context.sparse = read_sparse_table(file.table("sparse"));
  for (TomlTable const& table : file.tables("workload")) {
    result.workloads.push_back(read_workload(table, result.model, result.steps.whole_steps));
  }
  expect_some(file, !result.workloads.empty(), "workload");
  bool keeps_own = false;
  for (TomlTable const& table : file.tables("policy")) {
    result.policies.push_back(read_policy(table, context));
    for (std::string const& note : result.policies.back().notes) add_note(result.notes, note);
    keeps_own = keeps_own || table.text("name") == kOwnWindows;
  }
  if (!keeps_own) add_note(result.notes, own_attention_note(result.model));
  expect_some(file, !result.policies.empty(), "policy");
  expect_rows_plannable(file, result);
  if (file.has("measure")) read_measure(file.table("measure"), result.measure);
  if (file.has("trace")) read_trace(file.table("trace"), result.workloads, result.measure);
  file.close();
  return result;
}

}  // namespace fluxscope::plan
