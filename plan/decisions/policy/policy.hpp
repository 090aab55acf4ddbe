#pragma once
// Policies: who is full and who is sparse, and how such layers are run.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/toml/reader.hpp"
#include "plan/decisions/gates.hpp"
#include "plan/layer/layer_plan.hpp"

namespace fluxscope::plan {

/// One [[policy]] table.
struct Policy {
  std::string label;  ///< Row::policy
  std::string level;  ///< Row::level
  std::string where;  ///< file:line
  /// Decisions of a batch of `requests`, or of one request that all of them share.
  std::function<Gates(std::int32_t requests)> gates;
  Selection sparse;  ///< of the sparse heads
  std::vector<Execution> executions;
  std::vector<Scheduler> schedulers;
  BatchRule batch_rule = BatchRule::per_request;
  KvRetention retention = KvRetention::keep_all;
};

/// What the file says for all its policies.
struct PolicyContext {
  Model model;
  std::string folder;               ///< relative paths begin here
  std::optional<Selection> sparse;  ///< [sparse]
  std::vector<Scheduler> schedulers;
};

/// Reads a policy. Throws InputError with file:line. Keys of all policies:
///   name        one of policy_names()
///   label       the name in tables; default: name
///   schedulers  default: the file's
/// of all but `full`:
///   [policy.sparse]  default: the file's [sparse]
///   retention   kv_retention_names(); default keep_all
///   executions  head-level policies only: head_execution_names(); default all
///   seed        where a choice is left open; default 1
/// and, by name:
///   full          every layer full
///   flux          layer level: msr_ratio, or gates = a file whose layers' heads agree;
///                 batch_rule; gate_per_request
///   head_dynamic  head level: msr_ratio, or gates = a file; head_order; gate_per_request
///   duo           head level: full_heads_per_layer, which msr_ratio may state again as a check; or
///                 pattern = a full_attention_heads.tsv and msr_ratio; head_order
///   static_ratio  head level: full_kv_heads in every layer
///   triangle_mix  layer level: layers from first_sparse_layer on read a triangle
/// An MSR that is no whole number of layers or heads is rounded as gates.hpp says.
///   gates             a file of gate_file.hpp with one request, or one for each of the batch
///   gate_per_request  true: request r draws with seed + r; default: all share the gates of the
///   seed head_order        "as_decided" (default), or "by_count": see in_count_order()
[[nodiscard]] Policy read_policy(TomlTable const& table, PolicyContext const& context);

}  // namespace fluxscope::plan
