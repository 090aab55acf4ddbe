#include "workload/mix/try_mix.hpp"

#include "plan/decisions/gate_file/gate_file.hpp"
#include "plan/decisions/policy/table.hpp"
#include "plan/layer/size.hpp"
#include "workload/mix/decisions.hpp"

namespace fluxscope::workload {
namespace {

MixPolicy policy_of(std::string const& label, plan::PolicyKind const& kind,
                    TryRequest const& request, plan::Gates const& gates) {
  auto policy = std::make_shared<plan::Policy>();
  policy->label = label;
  policy->level = kind.level;
  policy->sparse = request.sparse;
  policy->executions = plan::executions_of(kind.level);
  policy->schedulers = {plan::Scheduler::natural, plan::Scheduler::longest_first,
                        plan::Scheduler::persistent};
  policy->retention = plan::KvRetention::evict;
  policy->routed = kind.takes("routed");
  return {
      .label = label,
      .level = kind.level,
      .of_task = {{.policy = policy, .batches = batches_of(gates, request.batch, request.gates)}}};
}

}  // namespace

Mix try_mix(TryRequest const& request) {
  plan::expect_plannable({.phase = plan::Phase::prefill,
                          .shape = request.model.attention,
                          .requests = request.batch,
                          .q_len = request.context_tokens,
                          .kv_len = request.context_tokens},
                         request.model.layers, "--context");
  plan::Gates const gates = plan::read_gate_file(request.gates, request.model);
  bool const by_layer = is_layer_level(gates);
  plan::PolicyKind const& own = plan::policy_kind(by_layer ? "flux" : "head_dynamic");
  plan::PolicyKind const& other = plan::policy_kind(by_layer ? "head_dynamic" : "flux");
  std::string const label = plan::to_text(other.level) + " level";
  Mix mix{.name = "try " + request.gates,
          .model = request.model,
          .batch = request.batch,
          .launch = {plan::LaunchMode::eager, plan::LaunchMode::graph},
          .tasks = {{.name = "a prompt and the token behind it",
                     .lengths = {{request.context_tokens, 2, 1}}}}};
  mix.policies.push_back(policy_of("gates", own, request, gates));
  mix.policies.push_back(
      policy_of(label, other, request, drawn_like(gates, request.model, other.draw, kTrySeed)));
  mix.notes.push_back(label + ": " +
                      (by_layer ? "as many full (layer, KV head) pairs"
                                : "as many full layers as come nearest to the full pairs") +
                      ", drawn under seed " + std::to_string(kTrySeed));
  std::string const note = plan::own_attention_note(mix.model);
  if (!note.empty()) mix.notes.push_back(note);
  return mix;
}

}  // namespace fluxscope::workload
