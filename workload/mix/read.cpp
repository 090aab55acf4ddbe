#include <algorithm>
#include <filesystem>
#include <set>

#include "base/error.hpp"
#include "base/files/text_file.hpp"
#include "base/limits.hpp"
#include "base/text/near_miss.hpp"
#include "base/text/printable.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/gate_file/gate_file.hpp"
#include "plan/decisions/sparse_table.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/size.hpp"
#include "workload/mix/decisions.hpp"

namespace fluxscope::workload {
namespace {

namespace fs = std::filesystem;

/// The longest request of the mix can be planned, before any is.
void expect_plannable_tasks(std::vector<DecidedTask> const& tasks, Mix const& mix) {
  for (DecidedTask const& task : tasks) {
    for (TaskLength const& length : task.table.task.lengths) {
      plan::BatchSize const size{.phase = plan::Phase::prefill,
                                 .shape = mix.model.attention,
                                 .requests = mix.batch,
                                 .q_len = length.prompt_tokens,
                                 .kv_len = length.prompt_tokens + length.output_tokens};
      plan::expect_plannable(size, mix.model.layers, task.table.task.where);
    }
  }
}

/// Reads the tasks; a file of gates that several name is read once.
class TaskReader {
 public:
  TaskReader(std::string const& folder, plan::Model const& model, MixFlags const& flags)
      : folder_(folder), model_(model), flags_(flags) {}

  DecidedTask read(TomlTable const& table) {
    DecidedTask task{.table = read_task(table)};
    if (!names_.insert(task.table.task.name).second) {
      throw InputError(table.where("name") + ": a second task " + in_quotes(task.table.task.name) +
                       " (tables could not tell them apart) give it another name");
    }
    if (!flags_.gates.empty()) {
      task.gates = gates_of(flags_.gates, "--gates");
      task.gates_where = "--gates " + flags_.gates;
    } else if (!task.table.gates.empty()) {
      std::string const path = (fs::path(folder_) / task.table.gates).string();
      task.gates_where = table.where("gates") + ": gates";
      task.gates = gates_of(path, task.gates_where);
    }
    return task;
  }

 private:
  plan::Gates const& gates_of(std::string const& path, std::string const& named) {
    auto const found = files_.find(path);
    if (found != files_.end()) return found->second;
    try {
      return files_.emplace(path, plan::read_gate_file(path, model_)).first->second;
    } catch (InputError const& error) {
      throw InputError(named + ": " + error.what());
    }
  }

  std::string const& folder_;
  plan::Model const& model_;
  MixFlags const& flags_;
  std::set<std::string> names_;
  std::map<std::string, plan::Gates> files_;
};

/// msr_ratios names policies of the file.
void expect_known_labels(std::vector<DecidedTask> const& tasks, Mix const& mix) {
  std::vector<std::string> labels;
  for (MixPolicy const& policy : mix.policies) labels.push_back(policy.label);
  for (DecidedTask const& task : tasks) {
    for (auto const& [label, msr_ratio] : task.table.msr_ratios) {
      if (std::find(labels.begin(), labels.end(), label) != labels.end()) continue;
      throw InputError(task.table.task.where + ": msr_ratios of task " + task.table.task.name +
                       " names " + in_quotes(label) + "; " + expected_one_of(label, labels) +
                       ", a policy's label");
    }
  }
}

void read_policies(TomlTable const& file, plan::PolicyContext const& context,
                   std::vector<DecidedTask> const& tasks, Mix& mix) {
  bool keeps_own = false;
  std::set<std::string> labels;
  for (TomlTable const& table : file.tables("policy")) {
    mix.policies.push_back(read_mix_policy(table, context, tasks, mix.batch));
    auto const& notes = mix.policies.back().of_task.front().policy->notes;
    mix.notes.insert(mix.notes.end(), notes.begin(), notes.end());
    keeps_own = keeps_own || table.text("name") == "own_windows";
    if (labels.insert(mix.policies.back().label).second) continue;
    throw InputError(table.where() + ": a second policy " + in_quotes(mix.policies.back().label) +
                     " (tables could not tell them apart) give it a label");
  }
  if (mix.policies.empty()) {
    throw InputError(file.where() + ": no [[policy]] (there is nothing to compare) add one");
  }
  std::string const note = keeps_own ? "" : plan::own_attention_note(mix.model);
  if (!note.empty()) mix.notes.push_back(note);
}

}  // namespace

Mix load_mix(std::string const& path, MixFlags const& flags) {
  std::string const text = read_text_file(path);
  auto const file = TomlTable::parse(text, path);
  std::string const folder = fs::path(path).parent_path().string();
  Mix mix{.name = file.label("name"), .toml = plan::with_model_flag(text, flags.model)};
  static_cast<void>(file.has("model"));  // a key that is asked for is not unknown
  mix.model =
      flags.model.empty() ? plan::read_model_key(file, folder) : plan::model_of_flag(flags.model);
  mix.batch = static_cast<std::int32_t>(file.integer_or("batch", 1, {1, limits::kBatch}));
  mix.chunk_tokens =
      static_cast<std::int32_t>(file.integer_or("chunk_tokens", 0, {1, limits::kTokens}));
  for (std::string const& name : file.has("launch")
                                     ? choices(file, "launch", plan::launch_mode_names())
                                     : plan::launch_mode_names()) {
    mix.launch.push_back(plan::launch_mode_from(name));
  }
  plan::PolicyContext context{.model = mix.model, .folder = folder, .whole_steps = true};
  for (auto const& name : choices(file, "schedulers", plan::scheduler_names())) {
    context.schedulers.push_back(plan::scheduler_from(name));
  }
  if (file.has("sparse")) context.sparse = plan::read_sparse_table(file.table("sparse"));
  TaskReader reader(folder, mix.model, flags);
  std::vector<DecidedTask> tasks;
  for (TomlTable const& table : file.tables("task")) tasks.push_back(reader.read(table));
  if (tasks.empty()) {
    throw InputError(file.where() + ": no [[task]] (there is nothing to replay) add one");
  }
  expect_plannable_tasks(tasks, mix);
  read_policies(file, context, tasks, mix);
  expect_known_labels(tasks, mix);
  file.close();
  for (DecidedTask& task : tasks) mix.tasks.push_back(std::move(task.table.task));
  return mix;
}

}  // namespace fluxscope::workload
