#include "sim/replay/replay.hpp"

#include <algorithm>
#include <cmath>
#include <optional>

#include "base/build_info.hpp"
#include "base/error.hpp"
#include "base/speedup.hpp"
#include "base/terminal/progress.hpp"
#include "plan/layer/names.hpp"
#include "sim/replay/break_even.hpp"
#include "sim/replay/memory.hpp"
#include "sim/replay/task_result.hpp"
#include "sim/replay/times.hpp"

namespace fluxscope::sim {
namespace {

/// A way to run the whole mix: a line of every table.
struct Way {
  std::size_t policy = 0;
  Variant variant;                  ///< without gates
  std::vector<TaskResult> of_task;  ///< [tasks]
  TaskResult of_mix;
};

workload::MixPolicy full_policy(workload::Mix const& mix) {
  auto policy = std::make_shared<plan::Policy>();
  policy->label = "full";
  policy->executions = {plan::Execution::layer_uniform};
  policy->schedulers = mix.policies.front().of_task.front().policy->schedulers;
  workload::TaskDecisions const decisions{.policy = policy,
                                          .batches = {plan::full_gates(mix.model, mix.batch)}};
  return {.label = "full", .of_task = std::vector(mix.tasks.size(), decisions)};
}

void add_full(workload::Mix& mix) {
  bool const known = std::any_of(
      mix.policies.begin(), mix.policies.end(),
      [](workload::MixPolicy const& one) { return one.level == plan::PolicyLevel::full; });
  if (!known) mix.policies.insert(mix.policies.begin(), full_policy(mix));
}

class MixReplay {
 public:
  MixReplay(workload::Mix const& mix, DeviceProfile const& profile)
      : mix_(mix), profile_(profile), replayer_(mix.model, profile, mix.launch) {
    for (workload::Task const& task : mix.tasks) weights_ += task.weight;
  }

  void run() {
    add_ways();
    Progress progress("predict", "runs of a task", ways_.size() * mix_.tasks.size());
    std::size_t done = 0;
    for (Way& way : ways_) {
      way.of_mix = no_result();
      for (std::size_t task = 0; task < mix_.tasks.size(); ++task) {
        workload::TaskDecisions const& decisions = mix_.policies[way.policy].of_task[task];
        way.of_task.push_back(run_task(replayer_, mix_, mix_.tasks[task], decisions, way.variant));
        way.of_mix.add(way.of_task.back(), share(task));
        progress.update(++done);
      }
    }
  }

  void add_rows(traces::Replay& replay) {
    for (Way const& way : ways_) {
      Way const& full = quickest_full(way.variant.mode, std::nullopt);
      replay.rows.push_back(row(way, way.of_mix, full.of_mix, "", 1));
    }
    for (std::size_t task = 0; task < mix_.tasks.size(); ++task) {
      for (Way const& way : ways_) {
        Way const& full = quickest_full(way.variant.mode, task);
        replay.rows.push_back(
            row(way, way.of_task[task], full.of_task[task], mix_.tasks[task].name, share(task)));
      }
    }
    replay.attention_alone = replayer_.attention_alone();
    replay.not_charged = replayer_.not_charged();
  }

  /// Of each policy's quickest run in each mode.
  void add_break_evens(traces::Replay& replay) {
    auto const contexts = break_even_contexts(mix_.model, mix_.batch, profile_.spec.memory_bytes);
    auto const ways = ways_of_break_evens();
    Progress progress("predict", "contexts of break-evens", 2 * contexts.size() * ways.size());
    std::size_t done = 0;
    for (Way const* way : ways) {
      workload::MixPolicy const& policy = mix_.policies[way->policy];
      Variant variant = way->variant;
      workload::TaskDecisions const& decisions =
          policy.of_task[task_near(way->of_mix.msr_ratio, *way)];
      variant.policy = decisions.policy.get();
      variant.gates = &decisions.batches.front();
      auto rows = break_evens(replayer_, variant, full_variants(variant.mode), contexts,
                              [&] { progress.update(++done); });
      for (traces::BreakEvenRow& one : rows) {
        one.policy = policy.label;
        one.execution = plan::to_text(variant.execution);
        one.scheduler = plan::to_text(variant.scheduler);
        one.mode = mode_text(variant.mode);
        replay.break_evens.push_back(std::move(one));
      }
    }
  }

 private:
  [[nodiscard]] double share(std::size_t task) const { return mix_.tasks[task].weight / weights_; }
  [[nodiscard]] bool is_full(Way const& way) const {
    return mix_.policies[way.policy].level == plan::PolicyLevel::full;
  }
  /// Attention alone is the same however it is launched.
  [[nodiscard]] std::string mode_text(plan::LaunchMode mode) const {
    return replayer_.attention_alone().empty() ? plan::to_text(mode) : "";
  }

  void add_ways() {
    auto modes = mix_.launch;
    if (!replayer_.attention_alone().empty()) modes = {plan::LaunchMode::graph};
    for (plan::LaunchMode const mode : modes) {
      for (std::size_t policy = 0; policy < mix_.policies.size(); ++policy) {
        plan::Policy const& first = *mix_.policies[policy].of_task.front().policy;
        for (plan::Execution const execution : first.executions) {
          for (plan::Scheduler const scheduler : first.schedulers) {
            ways_.push_back(
                {.policy = policy,
                 .variant = {.execution = execution, .scheduler = scheduler, .mode = mode}});
          }
        }
      }
    }
  }

  [[nodiscard]] TaskResult const& result(Way const& way, std::optional<std::size_t> task) const {
    return task ? way.of_task[*task] : way.of_mix;
  }

  [[nodiscard]] Way const& quickest_full(plan::LaunchMode mode,
                                         std::optional<std::size_t> task) const {
    FullReference reference;
    Way const* best = nullptr;
    for (Way const& way : ways_) {
      if (!is_full(way) || way.variant.mode != mode) continue;
      if (reference.add(result(way, task).latency().time_ns)) best = &way;
    }
    expects(best != nullptr, "a mix has full attention");
    return *best;
  }

  [[nodiscard]] traces::ReplayRow row(Way const& way, TaskResult const& own, TaskResult const& full,
                                      std::string const& task, double weight) const {
    workload::MixPolicy const& policy = mix_.policies[way.policy];
    OpTime const latency = own.latency();
    traces::ReplayRow row{
        .task = task,
        .policy = policy.label,
        .level = plan::to_text(policy.level),
        .execution = plan::to_text(way.variant.execution),
        .scheduler = plan::to_text(way.variant.scheduler),
        .mode = mode_text(way.variant.mode),
        .weight = weight,
        .prompt_tokens = own.prompt_tokens,
        .output_tokens = own.output_tokens,
        .msr_ratio = own.msr_ratio,
        .first_token = interval_of(own.first_token.time),
        .per_token = interval_of(own.per_token()),
        .latency = interval_of(latency),
        .first_token_speedup = speedup_over(full.first_token.time, own.first_token.time),
        .per_token_speedup = speedup_over(full.per_token(), own.per_token()),
        .latency_speedup = speedup_over(full.latency(), latency),
        .kv_bytes = own.kv_bytes,
        .requests_fit = requests_that_fit(mix_.model, own.kv_bytes, profile_.spec.memory_bytes),
        .provenance = to_text(latency.standing),
        .prefill_ns = parts_of(own.first_token.sum, full.first_token.sum),
        .decode_ns = parts_of(own.decode.sum, full.decode.sum)};
    if (replayer_.attention_alone().empty()) {
      StepSum both = own.first_token.sum;
      both.add(own.decode.sum, 1);
      row.attention_ratio = (both.attention_ns + both.merges_ns) / latency.time_ns;
    }
    return row;
  }

  [[nodiscard]] std::vector<Way const*> ways_of_break_evens() const {
    std::vector<Way const*> best;
    for (Way const& way : ways_) {
      if (is_full(way)) continue;
      auto const same = std::find_if(best.begin(), best.end(), [&](Way const* other) {
        return other->policy == way.policy && other->variant.mode == way.variant.mode;
      });
      if (same == best.end()) {
        best.push_back(&way);
      } else if (way.of_mix.latency().time_ns < (*same)->of_mix.latency().time_ns) {
        *same = &way;
      }
    }
    return best;
  }

  /// The task whose MSR is nearest to the mix's.
  [[nodiscard]] static std::size_t task_near(double msr_ratio, Way const& way) {
    std::size_t nearest = 0;
    auto const distance = [&](std::size_t task) {
      return std::abs(way.of_task[task].msr_ratio - msr_ratio);
    };
    for (std::size_t task = 1; task < way.of_task.size(); ++task) {
      if (distance(task) < distance(nearest)) nearest = task;
    }
    return nearest;
  }

  [[nodiscard]] std::vector<Variant> full_variants(plan::LaunchMode mode) const {
    std::vector<Variant> variants;
    for (Way const& way : ways_) {
      if (!is_full(way) || way.variant.mode != mode) continue;
      variants.push_back(way.variant);
      workload::TaskDecisions const& decisions = mix_.policies[way.policy].of_task.front();
      variants.back().policy = decisions.policy.get();
      variants.back().gates = &decisions.batches.front();
    }
    return variants;
  }

  workload::Mix const& mix_;
  DeviceProfile const& profile_;
  Replayer replayer_;
  double weights_ = 0;
  std::vector<Way> ways_;
};

}  // namespace

traces::Replay replay_mix(workload::Mix mix, DeviceProfile const& profile,
                          ReplayOptions const& options) {
  expects(!mix.tasks.empty() && !mix.policies.empty(), "a mix has tasks and policies");
  add_full(mix);
  traces::Replay replay{.name = mix.name,
                        .version = build_info().git_hash,
                        .toml = mix.toml,
                        .model = mix.model.name,
                        .gpu = profile.spec.name,
                        .profile = profile.provenance + " from " + profile.made_from,
                        .batch = mix.batch,
                        .notes = mix.notes};
  MixReplay run(mix, profile);
  run.run();
  run.add_rows(replay);
  if (options.break_evens) run.add_break_evens(replay);
  return replay;
}

}  // namespace fluxscope::sim
