#include "workload/mix/decisions.hpp"

#include <map>
#include <numeric>

#include "base/error.hpp"
#include "plan/decisions/policy/keys.hpp"
#include "plan/decisions/policy/table.hpp"

namespace fluxscope::workload {
namespace {

/// An MSR that whole layers have.
double in_whole_layers(double msr_ratio, std::int32_t layers) {
  return 1 - static_cast<double>(plan::full_count(msr_ratio, layers)) / layers;
}

/// Of the task's gates as a policy of `kind` can run them.
plan::Gates gates_for(plan::PolicyKind const& kind, plan::Model const& model,
                      plan::Gates const& gates, std::uint64_t seed) {
  bool const layers = is_layer_level(gates);
  bool const fit = layers == (kind.level == plan::PolicyLevel::layer);
  return fit || kind.draw == nullptr ? gates : drawn_like(gates, model, kind.draw, seed);
}

std::optional<double> msr_of(TaskTable const& task, std::string const& label) {
  auto const own = task.msr_ratios.find(label);
  if (own != task.msr_ratios.end()) return own->second;
  return task.msr_ratio;
}

/// One [[policy]] table, read once for each MSR that tasks have.
class PolicyReader {
 public:
  PolicyReader(TomlTable const& table, plan::PolicyContext const& context, std::int32_t batch)
      : table_(table),
        context_(context),
        batch_(batch),
        kind_(plan::policy_kind(table.choice("name", plan::policy_names()))),
        label_(table.label_or("label", kind_.name)),
        open_(plan::takes_msr_of_context(table)) {}

  [[nodiscard]] std::string const& label() const { return label_; }
  [[nodiscard]] plan::PolicyLevel level() const { return kind_.level; }

  TaskDecisions of(DecidedTask const& task) {
    if (!open_) return read({});
    bool const drawn = kind_.draw != nullptr;
    if (task.gates && drawn) return of_gates(task);
    std::optional<double> msr_ratio = msr_of(task.table, label_);
    if (!msr_ratio && task.gates) msr_ratio = task.gates->msr_ratio();
    if (!msr_ratio) {
      throw InputError(table_.where() + ": policy " + label_ +
                       " states no decisions, and neither " + "does task " + task.table.task.name +
                       " (" + task.table.task.where + ") add msr_ratio or gates to one of them");
    }
    return read(in_whole_layers(*msr_ratio, context_.model.layers));
  }

 private:
  TaskDecisions const& read(std::optional<double> msr_ratio) {
    auto const [found, is_new] = known_.try_emplace(msr_ratio.value_or(-1));
    if (!is_new) return found->second;
    plan::PolicyContext context = context_;
    context.msr_ratio = msr_ratio;
    TaskDecisions& decisions = found->second;
    decisions.policy = std::make_shared<plan::Policy const>(plan::read_policy(table_, context));
    decisions.batches = {plan::for_batch(decisions.policy->gates(batch_), batch_)};
    return decisions;
  }

  TaskDecisions of_gates(DecidedTask const& task) {
    TaskDecisions decisions = read(in_whole_layers(task.gates->msr_ratio(), context_.model.layers));
    plan::Gates const gates =
        gates_for(kind_, context_.model, *task.gates, plan::read_seed(table_));
    decisions.batches = batches_of(gates, batch_, task.gates_where);
    return decisions;
  }

  TomlTable const& table_;
  plan::PolicyContext const& context_;
  std::int32_t batch_;
  plan::PolicyKind const& kind_;
  std::string label_;
  bool open_;  // the tasks decide
  std::map<double, TaskDecisions> known_;
};

}  // namespace

bool is_layer_level(plan::Gates const& gates) {
  for (std::size_t row = 0; row < gates.full.size();
       row += static_cast<std::size_t>(gates.kv_heads))
    for (std::size_t head = 1; head < static_cast<std::size_t>(gates.kv_heads); ++head)
      if (gates.full[row + head] != gates.full[row]) return false;
  return true;
}

plan::Gates drawn_like(plan::Gates const& gates, plan::Model const& model, plan::GateDraw draw,
                       std::uint64_t seed) {
  plan::Gates all{.layers = gates.layers, .kv_heads = gates.kv_heads};
  for (std::int32_t request = 0; request < gates.requests; ++request) {
    double const msr_ratio = plan::of_requests(gates, {request}).msr_ratio();
    plan::Gates const one = draw(model, msr_ratio, 1, seed);
    all.full.insert(all.full.end(), one.full.begin(), one.full.end());
    ++all.requests;
  }
  return all;
}

std::vector<plan::Gates> batches_of(plan::Gates const& gates, std::int32_t batch,
                                    std::string const& where) {
  if (gates.requests == 1) return {plan::for_batch(gates, batch)};
  if (gates.requests % batch != 0) {
    throw InputError(where + ": decisions for " + std::to_string(gates.requests) +
                     " requests (batches of " + std::to_string(batch) +
                     " need a multiple, or one request that all of a batch share) change batch, or "
                     "the file");
  }
  std::vector<plan::Gates> batches;
  for (std::int32_t first = 0; first < gates.requests; first += batch) {
    std::vector<std::int32_t> requests(static_cast<std::size_t>(batch));
    std::iota(requests.begin(), requests.end(), first);
    batches.push_back(plan::of_requests(gates, requests));
  }
  return batches;
}

MixPolicy read_mix_policy(TomlTable const& table, plan::PolicyContext context,
                          std::vector<DecidedTask> const& tasks, std::int32_t batch) {
  PolicyReader reader(table, context, batch);
  MixPolicy policy{.label = reader.label(), .level = reader.level()};
  for (DecidedTask const& task : tasks) policy.of_task.push_back(reader.of(task));
  return policy;
}

}  // namespace fluxscope::workload
