#include "sim/replay/replayer.hpp"

#include <algorithm>
#include <utility>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "plan/experiment/policy_layers.hpp"
#include "plan/experiment/workload.hpp"
#include "plan/layer/kv_layout.hpp"
#include "sim/device/simulate.hpp"
#include "sim/replay/token_nodes.hpp"

namespace fluxscope::sim {
namespace {

/// Why the profile does not tell the time of such a step; empty where it does.
std::string problem_of(plan::Model const& model, plan::StepShape const& shape,
                       plan::LaunchMode mode, DeviceProfile const& profile) {
  try {
    expect_step_tables(model, shape, mode, profile);
    if (mode == plan::LaunchMode::graph) return {};
    for (plan::LaunchOp const op : {plan::LaunchOp::gather_kv, plan::LaunchOp::combine}) {
      static_cast<void>(host_ns(op, profile));
    }
  } catch (InputError const& error) {
    return error.what();
  }
  return {};
}

plan::StepShape smallest(plan::Phase phase, bool routed = false) {
  return {.phase = phase, .sequences = {{1, 1}}, .routed = routed};
}

OpTime const kNothing{.low_ns = 0, .high_ns = 0};

}  // namespace

Replayer::Replayer(plan::Model model, DeviceProfile const& profile,
                   std::vector<plan::LaunchMode> const& modes)
    : model_(std::move(model)), profile_(profile), book_(profile), times_(profile) {
  for (plan::LaunchMode const mode : modes) {
    for (plan::Phase const phase : {plan::Phase::prefill, plan::Phase::decode}) {
      if (attention_alone_.empty()) {
        attention_alone_ = problem_of(model_, smallest(phase), mode, profile_);
      }
    }
    if (router_problem_.empty()) {
      router_problem_ = problem_of(model_, smallest(plan::Phase::prefill, true), mode, profile_);
    }
  }
}

void Replayer::note_not_charged(std::string const& what) {
  if (std::find(not_charged_.begin(), not_charged_.end(), what) == not_charged_.end()) {
    not_charged_.push_back(what);
  }
}

bool Replayer::charge_router(plan::Policy const& policy) {
  if (!policy.routed) return false;
  if (!router_problem_.empty()) {
    note_not_charged("the router of policy " + policy.label +
                     " and the table that its gates choose");
  }
  note_not_charged(
      "a host that waits for the gates (no profile has it measured; routing by plan_gpu needs "
      "none)");
  return router_problem_.empty();
}

std::vector<std::uint32_t> Replayer::layers(Variant const& variant, plan::Phase phase,
                                            std::vector<plan::SequenceShape> const& batch) {
  std::vector<std::uint32_t> ids;
  auto planned =
      plan::layers_of_batch(model_, phase, batch, *variant.policy, *variant.gates).of_layer;
  for (plan::LayerPlan& layer : planned) {
    layer.execution = variant.execution;
    layer.scheduler = variant.scheduler;
    ids.push_back(book_.id_of(std::move(layer)));
  }
  return ids;
}

std::vector<Replayer::StepOpTime> const& Replayer::ops_of(plan::StepShape const& shape) {
  ShapeKey const key{shape.phase, shape.sequences.size(), shape.sequences[0].q_len,
                     shape.last_chunk, shape.routed};
  auto const [found, is_new] = ops_.try_emplace(key);
  if (!is_new) return found->second;
  for (plan::StepOp const& op : plan::make_step(model_, shape)) {
    bool const attention = plan::op_row(op.op).counted_as == plan::CountedAs::attention;
    found->second.push_back({op, attention ? kNothing : times_.of(op, shape.ranks)});
  }
  return found->second;
}

Replayed Replayer::whole_step(plan::LaunchMode mode, plan::StepShape const& shape,
                              std::vector<std::uint32_t> const& layers) {
  std::vector<plan::LaunchOp> ops;
  std::vector<OpTime> times;
  Replayed step;
  double launches_ns = 0;
  auto const add = [&](plan::LaunchOp op, OpTime const& time) {
    ops.push_back(op);
    times.push_back(time);
    launches_ns += time.time_ns;
    add_launch(op, time.time_ns, step.sum);
  };
  for (StepOpTime const& one : ops_of(shape)) {
    if (plan::op_row(one.op.op).counted_as != plan::CountedAs::attention) {
      add(one.op.op, one.time);
      continue;
    }
    BookedLayer const& layer = book_.at(layers[static_cast<std::size_t>(one.op.layer)]);
    for (BookedLayer::Launch const& launch : layer.launches) {
      add(launch.op,
          layer_launch_time(launch.time_ns, layer.phase, layer.alone.standing, profile_));
    }
    step.sum.level_ns += layer.sum.level_ns;
    step.sum.selected_blocks += layer.sum.selected_blocks;
    step.sum.full_blocks += layer.sum.full_blocks;
  }
  step.time = step_time(mode, ops, times, profile_).total;
  step.sum.launches_ns = step.time.time_ns - launches_ns;
  return step;
}

Replayed Replayer::attention_of(std::vector<std::uint32_t> const& layers) const {
  Replayed step{.time = kNothing};
  for (std::uint32_t const id : layers) {
    BookedLayer const& layer = book_.at(id);
    step.add({.time = layer.alone, .sum = layer.sum}, 1);
  }
  return step;
}

Replayed Replayer::step(Variant const& variant, plan::StepShape const& shape) {
  auto const ids = layers(variant, shape.phase, shape.sequences);
  book_.simulate(ids);
  if (!attention_alone_.empty()) return attention_of(ids);
  ShapeKey const key{shape.phase, shape.sequences.size(), shape.sequences[0].q_len,
                     shape.last_chunk, shape.routed};
  auto const [found, is_new] = steps_.try_emplace({variant.mode, key, ids});
  if (is_new) found->second = whole_step(variant.mode, shape, ids);
  return found->second;
}

Replayed Replayer::prefill(Variant const& variant, std::int64_t prompt, std::int32_t chunk) {
  auto const tokens = static_cast<std::int32_t>(prompt);
  std::vector<plan::SequenceShape> const batch(static_cast<std::size_t>(variant.gates->requests),
                                               {tokens, tokens});
  bool const routed = charge_router(*variant.policy);
  Replayed all{.time = kNothing};
  auto const chunks = plan::chunks_of({.chunk = chunk}, batch);
  for (std::size_t i = 0; i < chunks.size(); ++i) {
    all.add(step(variant, {.phase = plan::Phase::prefill,
                           .sequences = chunks[i],
                           .last_chunk = i + 1 == chunks.size(),
                           .routed = routed && i == 0}),
            1);
  }
  return all;
}

Replayed Replayer::token(Variant const& variant, std::int64_t kv_len) {
  return step(variant, {.phase = plan::Phase::decode,
                        .sequences = std::vector<plan::SequenceShape>(
                            static_cast<std::size_t>(variant.gates->requests),
                            {1, static_cast<std::int32_t>(kv_len)})});
}

Replayed Replayer::tokens(Variant const& variant, std::int64_t first_kv_len, std::int64_t count) {
  Replayed all{.time = kNothing};
  for (TokenNode const& node : token_nodes(first_kv_len, count)) {
    all.add(token(variant, node.kv_len), node.tokens);
  }
  // Nodes are of whole blocks, which may be fitted contexts; the tokens' own are what counts.
  for (std::int64_t const kv_len : {first_kv_len, first_kv_len + count - 1}) {
    auto const word = provenance(profile_, plan::Phase::decode, model_.attention,
                                 variant.gates->requests, kv_len);
    all.time.standing = worse(all.time.standing, standing_from(word));
  }
  return all;
}

std::int64_t Replayer::kv_bytes(Variant const& variant, std::int64_t kv_len) {
  std::vector<plan::SequenceShape> const batch(static_cast<std::size_t>(variant.gates->requests),
                                               {1, static_cast<std::int32_t>(kv_len)});
  auto const planned =
      plan::layers_of_batch(model_, plan::Phase::decode, batch, *variant.policy, *variant.gates);
  std::map<std::string, std::int64_t> held;  // by the layer's gates
  std::int64_t bytes = 0;
  for (std::int32_t layer = 0; layer < model_.layers; ++layer) {
    // Layers that differ by the model's own design are told apart.
    bool const alike = variant.policy->sparse_of_layer.empty() && model_.shapes.empty();
    std::string row = alike ? "" : std::to_string(layer) + ":";
    for (std::int32_t request = 0; request < variant.gates->requests; ++request) {
      for (std::int32_t head = 0; head < model_.attention.kv_heads; ++head) {
        row += variant.gates->at(request, layer, head) != 0 ? '1' : '0';
      }
    }
    auto const [found, is_new] = held.try_emplace(std::move(row), 0);
    if (is_new) {
      plan::LayerPlan one = planned.of_layer[static_cast<std::size_t>(layer)];
      one.execution = variant.execution;
      one = plan::canonical(std::move(one));
      found->second = checked_product(plan::make_kv_layout(one).held_blocks,
                                      plan::kv_block_bytes(one.shape), "KV bytes of a batch");
    }
    bytes = checked_sum(bytes, found->second, "KV bytes of a batch");
  }
  return bytes;
}

}  // namespace fluxscope::sim
