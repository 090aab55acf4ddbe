#pragma once
// A mix: tasks with weights, lengths and decisions, and the policies to compare over them.

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "plan/decisions/policy/policy.hpp"
#include "plan/step/launch_mode.hpp"

namespace fluxscope::workload {

/// Requests of one prompt and output length.
struct TaskLength {
  std::int64_t prompt_tokens = 0;
  std::int64_t output_tokens = 0;  ///< the first is the prefill's
  double share = 1;                ///< of the task's requests; those of a task sum to 1
};

struct Task {
  std::string name;
  std::string where;  ///< file:line; empty: of no file
  double weight = 1;  ///< of its requests beside those of other tasks, > 0; need not sum to 1
  std::vector<TaskLength> lengths;
  std::string msr_source;  ///< where its MSR is published; empty: it states none
};

/// The decisions of a policy for one task.
struct TaskDecisions {
  std::shared_ptr<plan::Policy const> policy;
  /// The batches of the task, equally often: gates of Mix::batch requests each.
  std::vector<plan::Gates> batches;
};

struct MixPolicy {
  std::string label;
  plan::PolicyLevel level = plan::PolicyLevel::full;
  std::vector<TaskDecisions> of_task;  ///< [tasks]
};

struct Mix {
  std::string name;
  std::string toml;  ///< the file, whole; see plan::with_model_flag()
  plan::Model model;
  std::int32_t batch = 1;                ///< requests of one task and length that run together
  std::int32_t chunk_tokens = 0;         ///< of a prefill; 0: whole prompts
  std::vector<plan::LaunchMode> launch;  ///< each is replayed
  std::vector<Task> tasks;
  std::vector<MixPolicy> policies;
  std::vector<std::string> notes;  ///< what the user should know, a sentence each
};

/// What the command line puts in place of the file's.
struct MixFlags {
  std::string model;  ///< a name in configs/models, or a path; empty: the file's
  std::string gates;  ///< a file of gates for every task; empty: the tasks' own
};

/// Strict. Throws InputError with file:line.
///   name, model, schedulers, [sparse]  as in an experiment
///   batch         requests of one task and length that run together; default 1
///   chunk_tokens  of a prefill; default: whole prompts
///   launch        of launch_mode_names(); default both
///   [[task]]      name, weight (> 0), and
///     prompt_tokens, output_tokens   a number, or a list; a list of outputs is as long as that of
///                   prompts
///     prompt_shares how often each prompt of a list comes, > 0; default: equally often
///     msr_ratio     of policies that state no decisions; rounded to whole layers for every policy,
///                   so that layer and head level read equal KV bytes
///     msr_ratios    the same by the policies' labels: { flux = 0.5, elastic = 0.7 }
///     msr_source    where it is published, required beside either
///     gates         a file of decisions in their place, see plan::read_gate_file(): its requests
///                   are the task's, `batch` at a time
///   [[policy]]    see plan::read_policy(). One without msr_ratio, gates or counts has the task's.
///                   Decisions of the other level than the policy's are drawn anew under its seed,
///                   with as many full (layer, KV head) pairs for each request; layer level: the
///                   nearest whole layers
[[nodiscard]] Mix load_mix(std::string const& path, MixFlags const& flags = {});

}  // namespace fluxscope::workload
