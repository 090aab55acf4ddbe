#include "plan/decisions/policy/policy.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/toml/lists.hpp"
#include "plan/decisions/policy/table.hpp"
#include "plan/decisions/sparse_table.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::plan {
namespace {

/// [policy.sparse], the file's [sparse], or what the decisions were made for.
Selection read_sparse(TomlTable const& table, PolicyKind const& kind, PolicyContext const& context,
                      std::optional<Selection> const& made_for) {
  if (!table.has("sparse") && !context.sparse && !made_for) {
    throw InputError(table.where() + ": policy " + kind.name +
                     " has no selection for its sparse heads (the file has no [sparse] table) " +
                     "add [sparse] with kind, sink_tokens and local_tokens");
  }
  Selection const sparse = table.has("sparse") ? read_sparse_table(table.table("sparse"))
                           : context.sparse    ? *context.sparse
                                               : *made_for;
  if (kind.sparse_kind && sparse.kind != *kind.sparse_kind) {
    std::string const wanted = to_text(*kind.sparse_kind);
    throw InputError(table.where() + ": policy " + kind.name + " with a " + to_text(sparse.kind) +
                     " selection (its sparse layers read a " + wanted +
                     ") add [policy.sparse] with kind = \"" + wanted + "\"");
  }
  return sparse;
}

/// Says which of the two windows holds where the file of decisions states one.
std::string window_note(Policy const& policy, Selection const& made_for) {
  auto const text = [](Selection const& one) {
    return std::to_string(one.sink_tokens) + " sink and " + std::to_string(one.local_tokens) +
           " local tokens";
  };
  std::string const states = "policy " + policy.label + ": its pattern's file states " +
                             text(made_for) + " for sparse heads";
  if (policy.sparse == made_for) return states + ", which they read";
  return states + "; by [sparse] they read " + text(policy.sparse);
}

void read_selection(TomlTable const& table, PolicyKind const& kind, PolicyContext const& context,
                    Decisions const& decisions, Policy& policy) {
  auto const& own = decisions.own_sparse;
  if (own.empty()) {
    policy.sparse = read_sparse(table, kind, context, decisions.file_sparse);
    if (decisions.file_sparse) policy.notes.push_back(window_note(policy, *decisions.file_sparse));
    return;
  }
  policy.sparse = own[0];
  bool const alike =
      std::all_of(own.begin(), own.end(), [&](Selection const& one) { return one == own[0]; });
  if (!alike) policy.sparse_of_layer = own;
}

std::vector<Execution> read_executions(TomlTable const& table, PolicyLevel level) {
  auto const allowed = executions_of(level);
  if (!table.has("executions")) return allowed;
  std::vector<Execution> executions;
  for (std::string const& name : choices(table, "executions", execution_names())) {
    executions.push_back(execution_from(name));
    if (std::find(allowed.begin(), allowed.end(), executions.back()) != allowed.end()) continue;
    throw InputError(table.where("executions") + ": execution " + name + " with a " +
                     to_text(level) + "-level policy (" +
                     (level == PolicyLevel::head
                          ? "heads of one layer differ: one launch cannot read alike for all) use "
                            "masked, gather, two_pool, fused or balanced"
                          : "all heads of a layer are alike) use layer_uniform or leave it out"));
  }
  return executions;
}

bool read_routed(TomlTable const& table, PolicyContext const& context) {
  if (context.whole_steps) return table.boolean_or("routed", true);
  if (!table.has("routed")) return false;
  throw InputError(table.where("routed") +
                   ": routed in an experiment of layers (the router is an " +
                   "operation of a step) remove it, or set unit = \"step\"");
}

}  // namespace

std::string to_text(PolicyLevel level) {
  switch (level) {
    case PolicyLevel::full:
      return "full";
    case PolicyLevel::layer:
      return "layer";
    case PolicyLevel::head:
      return "head";
  }
  throw ContractError("a level of policies has a name");
}

std::vector<Execution> executions_of(PolicyLevel level) {
  if (level != PolicyLevel::head) return {Execution::layer_uniform};
  std::vector<Execution> executions;
  for (auto const& name : head_execution_names()) executions.push_back(execution_from(name));
  return executions;
}

Policy read_policy(TomlTable const& table, PolicyContext const& context) {
  PolicyKind const& kind = policy_kind(table.choice("name", policy_names()));
  if (kind.level == PolicyLevel::head) {
    expect_equal_heads(context.model, table.where("name"),
                       "policy " + kind.name + " decides for each KV head");
  }
  Decisions const decisions = kind.read(table, context);
  Policy policy{.label = table.label_or("label", kind.name),
                .level = kind.level,
                .where = table.where(),
                .gates = decisions.gates,
                .schedulers = context.schedulers,
                .notes = decisions.notes};
  if (table.has("schedulers")) {
    policy.schedulers.clear();
    for (auto const& text : choices(table, "schedulers", scheduler_names())) {
      policy.schedulers.push_back(scheduler_from(text));
    }
  }
  policy.executions = read_executions(table, policy.level);
  if (kind.level != PolicyLevel::full) {
    read_selection(table, kind, context, decisions, policy);
    if (table.has("retention")) {
      policy.retention = kv_retention_from(table.choice("retention", kv_retention_names()));
    }
  }
  if (kind.takes("batch_rule") && table.has("batch_rule")) {
    policy.batch_rule = batch_rule_from(table.choice("batch_rule", batch_rule_names()));
  }
  if (kind.takes("routed")) policy.routed = read_routed(table, context);
  table.close();
  return policy;
}

bool takes_msr_of_context(TomlTable const& table) {
  PolicyKind const& kind = policy_kind(table.choice("name", policy_names()));
  if (!kind.takes("msr_ratio")) return false;
  // Asked for only where the policy reads it: a key that is asked for is not unknown.
  auto const states = [&](std::string const& key) { return kind.takes(key) && table.has(key); };
  return !states("msr_ratio") && !states("gates") && !states("full_heads_per_layer");
}

Policy drawn_policy(std::string const& name, double msr_ratio, std::uint64_t seed,
                    PolicyContext const& context) {
  PolicyKind const& kind = policy_kind(name);
  expects(kind.draw != nullptr, "the policy's decisions follow from an MSR and a seed");
  expects(context.sparse.has_value(), "a policy's sparse heads have a selection");
  return {.label = name,
          .level = kind.level,
          .gates = [draw = kind.draw, model = context.model, msr_ratio,
                    seed](std::int32_t) { return draw(model, msr_ratio, 1, seed); },
          .sparse = *context.sparse,
          .executions = executions_of(kind.level),
          .schedulers = context.schedulers};
}

}  // namespace fluxscope::plan
