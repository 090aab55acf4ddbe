#include "runs/step/memory.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <span>

#include "base/checked.hpp"
#include "base/error.hpp"
#include "plan/layer/kv_layout.hpp"
#include "plan/op/element.hpp"
#include "plan/step/rank.hpp"
#include "plan/step/weights.hpp"
#include "runs/cases/cut.hpp"
#include "runs/cases/layout.hpp"

namespace fluxscope::runs {
namespace {

constexpr char kBytes[] = "bytes of a step";

using Sequences = std::vector<plan::SequenceShape>;
using Cut = std::function<plan::LayerPlan(plan::LayerPlan)>;

/// Of one layer, as `cut` leaves it.
std::int64_t layer_kv_bytes(plan::LayerPlan const& layer, Cut const& cut) {
  plan::LayerPlan const plan = cut(layer);
  return checked_product(plan::make_kv_layout(plan).held_blocks, plan::kv_block_bytes(plan.shape),
                         kBytes);
}

std::int64_t activation_bytes(plan::Model const& rank, Sequences const& sequences) {
  std::int64_t tokens = 0;
  for (auto const& [q_len, kv_len] : sequences) tokens += q_len;
  std::int64_t const head_dim = rank.attention.head_dim;
  std::int64_t const q = std::int64_t{rank.attention.q_heads} * head_dim;
  std::int64_t const kv = std::int64_t{rank.attention.kv_heads} * head_dim;
  std::int64_t const widest = std::max(2 * q + 2 * kv, std::int64_t{3} * rank.intermediate_size);
  std::int64_t const row = std::int64_t{2} * rank.hidden_size + widest;
  std::int64_t const logits = static_cast<std::int64_t>(sequences.size()) * rank.vocab_size;
  return plan::kElementBytes * checked_sum(checked_product(tokens, row, kBytes), logits, kBytes);
}

using CaseBytesHeld = std::map<std::uint32_t, std::int64_t>;  // by case_id

/// `of_case`: what is known of cases under the same cut, and what is found. Most layers are alike,
/// of a step as of an experiment.
StepBytes cut_step_bytes(plan::Experiment const& experiment, plan::Step const& step, Cut const& cut,
                         CaseBytesHeld& of_case) {
  StepBytes bytes{.weights = plan::weight_bytes(experiment.model, step.shape.ranks)};
  for (std::uint32_t const id : step.layer_cases) {
    auto const [found, is_new] = of_case.try_emplace(id, 0);
    if (is_new) found->second = layer_kv_bytes(experiment.cases[id].plan, cut);
    bytes.kv = checked_sum(bytes.kv, found->second, kBytes);
  }
  plan::LayerPlan const layer = cut(experiment.cases[step.layer_cases.front()].plan);
  bytes.activations =
      activation_bytes(plan::rank_of(experiment.model, step.shape.ranks), layer.sequences);
  return bytes;
}

/// What the user can lower, " lower the batch to 3, or kv_len to 4096".
std::string advice(plan::Experiment const& experiment, plan::Step const& step,
                   std::int64_t free_bytes) {
  auto const fits = [&](Cut const& cut) {
    CaseBytesHeld of_case;
    return cut_step_bytes(experiment, step, cut, of_case).total() <= free_bytes;
  };
  Sequences const& sequences = step.shape.sequences;
  std::int32_t longest = 0;
  for (plan::SequenceShape const& one : sequences) longest = std::max(longest, one.kv_len);
  std::int32_t const batch =
      largest(static_cast<std::int32_t>(sequences.size()), [&](std::int32_t count) {
        return fits([&](plan::LayerPlan plan) { return first_requests(std::move(plan), count); });
      });
  std::int32_t const kv_len =
      plan::kBlockTokens * largest(longest / plan::kBlockTokens, [&](std::int32_t blocks) {
        return fits([&](plan::LayerPlan plan) {
          return cut_contexts(std::move(plan), blocks * plan::kBlockTokens);
        });
      });
  std::string text;
  if (batch > 0) text = " lower the batch to " + std::to_string(batch);
  if (kv_len > 0) {
    text +=
        (text.empty() ? " lower " : ", or ") + std::string("kv_len to ") + std::to_string(kv_len);
  }
  return text.empty() ? " set ranks to the GPUs of a tensor-parallel group" : text;
}

plan::LayerPlan whole(plan::LayerPlan plan) { return plan; }

}  // namespace

StepBytes step_bytes(plan::Experiment const& experiment, plan::Step const& step) {
  CaseBytesHeld of_case;
  return cut_step_bytes(experiment, step, whole, of_case);
}

std::string to_text(StepBytes const& bytes) {
  return gigabytes(bytes.total()) + " (weights " + gigabytes(bytes.weights) +
         ", K and V of all layers " + gigabytes(bytes.kv) + ", activations " +
         gigabytes(bytes.activations) + ")";
}

void expect_steps_fit(plan::Experiment const& experiment, std::int64_t free_bytes) {
  if (free_bytes == 0) return;
  CaseBytesHeld of_case;
  for (plan::Step const& step : experiment.steps) {
    StepBytes const bytes = cut_step_bytes(experiment, step, whole, of_case);
    if (bytes.total() <= free_bytes) continue;
    throw InputError("step " + step.name + ": " + to_text(bytes) +
                     " of device memory are needed (" + gigabytes(free_bytes) + " are free)" +
                     advice(experiment, step, free_bytes));
  }
}

}  // namespace fluxscope::runs
