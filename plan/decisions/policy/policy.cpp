#include "plan/decisions/policy/policy.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/policy/gates.hpp"
#include "plan/decisions/sparse_table.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

std::string level_of(std::string const& name) {
  if (name == "full") return "full";
  return name == "flux" || name == "triangle_mix" ? "layer" : "head";
}

Selection read_sparse(TomlTable const& table, std::string const& name,
                      PolicyContext const& context) {
  if (!table.has("sparse") && !context.sparse) {
    throw InputError(table.where() + ": policy " + name +
                     " has no selection for its sparse heads (the file has no [sparse] table) " +
                     "add [sparse] with kind, sink_tokens and local_tokens");
  }
  Selection const sparse =
      table.has("sparse") ? read_sparse_table(table.table("sparse")) : *context.sparse;
  if (name == "triangle_mix" && sparse.kind != SelectionKind::triangle) {
    throw InputError(table.where() + ": policy triangle_mix with a " + to_text(sparse.kind) +
                     " selection (its sparse layers read a triangle) " +
                     "add [policy.sparse] with kind = \"triangle\"");
  }
  return sparse;
}

std::vector<Execution> read_executions(TomlTable const& table, std::string const& level) {
  auto names =
      level == "head" ? head_execution_names() : std::vector{to_text(Execution::layer_uniform)};
  if (table.has("executions")) {
    auto const allowed = names;
    names = choices(table, "executions", execution_names());
    for (std::string const& name : names) {
      if (std::find(allowed.begin(), allowed.end(), name) != allowed.end()) continue;
      throw InputError(
          table.where("executions") + ": execution " + name + " with a " + level +
          "-level policy (" +
          (level == "head" ? "heads of one layer differ: one launch cannot read alike for all) use "
                             "masked, gather, two_pool, fused or balanced"
                           : "all heads of a layer are alike) use layer_uniform or leave it out"));
    }
  }
  std::vector<Execution> executions;
  for (std::string const& name : names) executions.push_back(execution_from(name));
  return executions;
}

}  // namespace

Policy read_policy(TomlTable const& table, PolicyContext const& context) {
  std::string const name = table.choice("name", policy_names());
  Policy policy{.label = table.text_or("label", name),
                .level = level_of(name),
                .where = table.where(),
                .schedulers = context.schedulers};
  policy.gates = read_policy_gates(table, name, context);
  if (table.has("schedulers")) {
    policy.schedulers.clear();
    for (auto const& text : choices(table, "schedulers", scheduler_names())) {
      policy.schedulers.push_back(scheduler_from(text));
    }
  }
  policy.executions = read_executions(table, policy.level);
  if (name != "full") {
    policy.sparse = read_sparse(table, name, context);
    if (table.has("retention")) {
      policy.retention = kv_retention_from(table.choice("retention", kv_retention_names()));
    }
  }
  if (name == "flux" && table.has("batch_rule")) {
    policy.batch_rule = batch_rule_from(table.choice("batch_rule", batch_rule_names()));
  }
  table.close();
  return policy;
}

}  // namespace fluxscope::plan
