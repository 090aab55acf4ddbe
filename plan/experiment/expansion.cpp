#include "plan/experiment/expansion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "base/error.hpp"
#include "plan/experiment/row_text.hpp"
#include "plan/layer/names.hpp"
#include "plan/step/rank.hpp"

namespace fluxscope::plan {
namespace {

/// Lengths of the row: of whole prompts, whatever their chunks.
Row row_of(Workload const& workload, std::vector<SequenceShape> const& batch, Policy const& policy,
           Gates const& gates) {
  Row row{.policy = policy.label,
          .level = to_text(policy.level),
          .msr_ratio = gates.msr_ratio(),
          .phase = workload.phase,
          .batch = static_cast<std::int32_t>(batch.size()),
          .tied_kv_heads = gates.tied_kv_heads,
          .tie_seed = gates.tie_seed};
  for (auto const& [q_len, kv_len] : batch) {
    row.q_len = std::max(row.q_len, q_len);
    row.kv_len = std::max(row.kv_len, kv_len);
    row.kv_tokens += kv_len;
  }
  return row;
}

}  // namespace

Expansion::Expansion(Experiment& experiment, StepKeys const& keys)
    : experiment_(experiment), keys_(keys), rank_(experiment.model) {
  if (keys.whole_steps) rank_ = rank_of(experiment.model, keys.ranks);
}

Expansion::Planned Expansion::plan(Workload const& workload,
                                   std::vector<SequenceShape> const& batch,
                                   Policy const& policy) const {
  auto const requests = static_cast<std::int32_t>(batch.size());
  Planned planned{.gates = for_batch(policy.gates(requests), requests),
                  .chunks = chunks_of(workload, batch)};
  planned.of_rank = std::make_shared<Gates const>(rank_gates(planned.gates, keys_.ranks));
  for (auto const& chunk : planned.chunks) {
    planned.layers.push_back(
        layers_of_batch(rank_, workload.phase, chunk, policy, *planned.of_rank).of_layer);
  }
  return planned;
}

void Expansion::add(Workload const& workload, std::vector<SequenceShape> const& batch,
                    Policy const& policy) {
  Planned planned = plan(workload, batch, policy);
  note_mixed_groups(policy, planned.gates);
  note_uneven_ranks(policy, planned.gates);
  for (Execution const execution : policy.executions) {
    for (Scheduler const scheduler : policy.schedulers) {
      Row row = row_of(workload, batch, policy, planned.gates);
      row.execution = execution;
      row.chunks = static_cast<std::int32_t>(planned.chunks.size());
      row.scheduler = scheduler;
      for (auto& layers : planned.layers) {
        for (LayerPlan& layer : layers) {
          layer.execution = execution;
          layer.scheduler = scheduler;
          row.layer_cases.push_back(cases_.id_of(layer));
        }
      }
      add_row(std::move(row), policy.where);
      if (keys_.whole_steps) add_steps(experiment_.rows.back(), planned, policy);
    }
  }
}

void Expansion::finish() { experiment_.cases = cases_.take(); }

/// Says once for each policy what its decisions per query head lose in KV groups.
void Expansion::note_mixed_groups(Policy const& policy, Gates const& gates) {
  if (gates.sparse_q_heads == 0 || !noted_.insert(policy.label).second) return;
  double const heads = static_cast<double>(gates.layers) * experiment_.model.attention.q_heads;
  experiment_.notes.push_back(fmt::format(
      "policy {} decides per query head: {} of its {} sparse query heads save no KV, because a "
      "full one shares their KV head: {:.1f} % of the KV is read and kept in full, for the {:.1f} "
      "% of query heads that are full",
      policy.label, gates.mixed_q_heads, gates.sparse_q_heads, 100 * (1 - gates.msr_ratio()),
      100 * (1 - gates.sparse_q_heads / heads)));
}

/// Says once for each policy that rank 0 does not stand for the others.
void Expansion::note_uneven_ranks(Policy const& policy, Gates const& gates) {
  if (ranks_are_alike(gates, keys_.ranks) || !uneven_.insert(policy.label).second) return;
  experiment_.notes.push_back(fmt::format(
      "policy {}: the {} ranks have different numbers of full heads in a layer; the steps are rank "
      "0's, and where another rank is later, every all_reduce waits for it",
      policy.label, keys_.ranks));
}

void Expansion::add_row(Row row, std::string const& where) {
  std::string const text = row_text(row);
  auto const [first, is_new] = row_owners_.try_emplace(text, where);
  if (!is_new) {
    throw InputError(where + ": a second row '" + text + "' (the first is of " + first->second +
                     "; the table could not tell them apart) remove a workload or a policy, or " +
                     "give one a label");
  }
  row.row_id = static_cast<std::uint32_t>(experiment_.rows.size());
  experiment_.rows.push_back(std::move(row));
}

void Expansion::add_steps(Row const& row, Planned const& planned, Policy const& policy) {
  auto const chunks = static_cast<std::int32_t>(planned.chunks.size());
  for (LaunchMode const mode : keys_.launch) {
    for (std::int32_t chunk = 0; chunk < chunks; ++chunk) {
      auto const first = row.layer_cases.begin() + std::ptrdiff_t{chunk} * rank_.layers;
      std::string const part = chunks == 1 ? "" : fmt::format("/chunk{}of{}", chunk + 1, chunks);
      experiment_.steps.push_back(
          {.step_id = static_cast<std::uint32_t>(experiment_.steps.size()),
           .name = row_path(row) + part + "/" + to_text(mode),
           .row_id = row.row_id,
           .mode = mode,
           .shape = {.phase = row.phase,
                     .sequences = planned.chunks[static_cast<std::size_t>(chunk)],
                     .last_chunk = chunk + 1 == chunks,
                     // A request is routed once, with its first chunk.
                     .routed = policy.routed && chunk == 0 && row.phase == Phase::prefill,
                     .ranks = keys_.ranks},
           .chunk = chunk,
           .chunks = chunks,
           .layer_cases = {first, first + rank_.layers},
           .gates = planned.of_rank});
    }
  }
}

}  // namespace fluxscope::plan
