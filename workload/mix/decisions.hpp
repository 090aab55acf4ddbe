#pragma once
// What the policies of a mix decide for its tasks.

#include <optional>
#include <string>
#include <vector>

#include "base/toml/reader.hpp"
#include "workload/mix/task_table.hpp"

namespace fluxscope::workload {

/// A task with the decisions that it brings.
struct DecidedTask {
  TaskTable table;
  std::optional<plan::Gates> gates;  ///< of all its requests
  std::string gates_where;           ///< what named them, for messages
};

/// Reads one [[policy]] for every task. Throws InputError with file:line: as plan::read_policy(),
/// where a policy and a task leave the decisions to each other, and where the requests of a task's
/// gates do not fill batches of `batch`.
[[nodiscard]] MixPolicy read_mix_policy(TomlTable const& table, plan::PolicyContext context,
                                        std::vector<DecidedTask> const& tasks, std::int32_t batch);

/// The batches of gates of many requests, one after the other; one request stands for all of a
/// batch. Throws InputError "where: ..." where they do not fill whole batches.
[[nodiscard]] std::vector<plan::Gates> batches_of(plan::Gates const& gates, std::int32_t batch,
                                                  std::string const& where);

/// Whether the heads of each layer have one decision.
[[nodiscard]] bool is_layer_level(plan::Gates const& gates);

/// Drawn for each request of `gates` under `seed`, at the MSR that the request has.
[[nodiscard]] plan::Gates drawn_like(plan::Gates const& gates, plan::Model const& model,
                                     plan::GateDraw draw, std::uint64_t seed);

}  // namespace fluxscope::workload
