#pragma once
// Policies: who is full and who is sparse, and how such layers are run. Which ones there are:
// plan/decisions/policy/table.hpp.

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/toml/reader.hpp"
#include "plan/decisions/gates.hpp"
#include "plan/layer/layer_plan.hpp"

namespace fluxscope::plan {

/// Whose decision a gate is: nobody's, a layer's or a KV head's.
enum class PolicyLevel : std::uint8_t { full, layer, head };

/// "full", "layer", "head".
[[nodiscard]] std::string to_text(PolicyLevel level);

/// Decisions of a batch of `requests`, or of one request that all of them share. Throws InputError
/// with file:line where the policy has decisions for another number of requests.
using GateMaker = std::function<Gates(std::int32_t requests)>;

/// Decisions that an MSR and a seed are enough for.
using GateDraw = Gates (*)(Model const& model, double msr_ratio, std::int32_t requests,
                           std::uint64_t seed);

/// What the keys of one policy say.
struct Decisions {
  GateMaker gates;
  /// [layers] of the sparse heads, by the model's own design: no [sparse] says otherwise.
  std::vector<Selection> own_sparse;
  /// What a file of decisions was made for: holds where there is no [sparse].
  std::optional<Selection> file_sparse;
  std::vector<std::string> notes;  ///< see Policy
};

/// One [[policy]] table.
struct Policy {
  std::string label;  ///< Row::policy
  PolicyLevel level = PolicyLevel::full;
  std::string where;  ///< file:line; empty: of no file
  GateMaker gates;
  Selection sparse;  ///< of the sparse heads
  /// [layers], where the sparse heads of layers read different things; empty: all read `sparse`.
  std::vector<Selection> sparse_of_layer;
  std::vector<Execution> executions;
  std::vector<Scheduler> schedulers;
  BatchRule batch_rule = BatchRule::per_request;
  KvRetention retention = KvRetention::keep_all;
  bool routed = false;             ///< steps: a prefill pays for the router
  std::vector<std::string> notes;  ///< what the user should know of it, a sentence each

  /// What the sparse heads of a layer read.
  [[nodiscard]] Selection const& sparse_in(std::int32_t layer) const {
    return sparse_of_layer.empty() ? sparse : sparse_of_layer.at(static_cast<std::size_t>(layer));
  }
};

/// What the file says for all its policies.
struct PolicyContext {
  Model model;
  std::string folder;               ///< relative paths begin here
  std::optional<Selection> sparse;  ///< [sparse]
  std::vector<Scheduler> schedulers;
  bool whole_steps = false;  ///< the policies are for steps: key `routed` has a meaning
  /// Of policies that state no decisions of their own (see takes_msr_of_context()): a task's.
  std::optional<double> msr_ratio;
};

/// Reads a policy. Throws InputError with file:line. Keys of all policies:
///   name        one of policy_names()
///   label       the name in tables; default: name
///   schedulers  default: the file's
/// of all but `full`:
///   [policy.sparse]  default: the file's [sparse], or else what a head pattern says that it was
///                    made for; own_windows takes the model's instead
///   retention   kv_retention_names(); default keep_all
/// of head-level policies:
///   executions  of executions_of(level); default all
/// and those that the policy's row in table.cpp lists; its file says what they mean, and keys.hpp
/// those that several policies take.
[[nodiscard]] Policy read_policy(TomlTable const& table, PolicyContext const& context);

/// Whether the decisions of the policy follow from PolicyContext::msr_ratio: it draws or cuts at an
/// MSR, and its table has neither one nor decisions. Throws InputError for an unknown `name`.
[[nodiscard]] bool takes_msr_of_context(TomlTable const& table);

/// Policy `name` (of drawn_policy_names()) at an MSR, its decisions drawn under `seed` and shared
/// by the requests of a batch; selection, schedulers and model are the context's, executions all.
[[nodiscard]] Policy drawn_policy(std::string const& name, double msr_ratio, std::uint64_t seed,
                                  PolicyContext const& context);

/// The executions that layers of such a policy can have: layer_uniform, or for head level all
/// others.
[[nodiscard]] std::vector<Execution> executions_of(PolicyLevel level);

}  // namespace fluxscope::plan
