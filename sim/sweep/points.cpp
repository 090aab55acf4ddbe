#include "sim/sweep/points.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/error.hpp"
#include "base/hdf5/digest.hpp"
#include "plan/decisions/policy/table.hpp"
#include "plan/layer/names.hpp"

namespace fluxscope::sim {
namespace {

std::vector<plan::Execution> executions_of(SweepConfig const& config, std::string const& policy) {
  auto const level = plan::policy_kind(policy).level;
  return level == plan::PolicyLevel::head ? config.executions : plan::executions_of(level);
}

void add_inner_axes(SweepConfig const& config, SweepPoint point, std::vector<SweepPoint>& points) {
  for (std::uint8_t policy = 0; policy < config.policies.size(); ++policy) {
    point.policy = policy;
    for (double const msr_ratio : config.msr_ratios) {
      point.msr_ratio = msr_ratio;
      for (plan::Execution const execution : executions_of(config, config.policies[policy])) {
        point.execution = execution;
        for (plan::Scheduler const scheduler : config.schedulers) {
          point.scheduler = scheduler;
          for (std::int64_t const seed : config.seeds) {
            point.seed = seed;
            point.point = static_cast<std::uint32_t>(points.size());
            points.push_back(point);
          }
        }
      }
    }
  }
}

}  // namespace

std::vector<SweepPoint> enumerate_points(SweepConfig const& config) {
  std::vector<SweepPoint> points;
  for (std::uint8_t gpu = 0; gpu < config.gpus.size(); ++gpu) {
    for (plan::Phase const phase : config.phases) {
      for (std::int64_t const kv_len : config.kv_lens) {
        for (std::int64_t const batch : config.batches(phase)) {
          add_inner_axes(config,
                         {.gpu = gpu,
                          .phase = phase,
                          .batch = static_cast<std::int32_t>(batch),
                          .kv_len = static_cast<std::int32_t>(kv_len)},
                         points);
        }
      }
    }
  }
  return points;
}

double point_count(SweepConfig const& config) {
  double executions = 0;
  for (std::string const& policy : config.policies) {
    executions += static_cast<double>(executions_of(config, policy).size());
  }
  double batches = 0;
  for (plan::Phase const phase : config.phases) {
    batches += static_cast<double>(config.batches(phase).size());
  }
  double count = executions * batches;
  for (std::size_t const axis :
       {config.gpus.size(), config.kv_lens.size(), config.msr_ratios.size(),
        config.schedulers.size(), config.seeds.size()}) {
    count *= static_cast<double>(axis);
  }
  return count;
}

plan::Policy point_policy(SweepConfig const& config, SweepPoint const& point) {
  return plan::drawn_policy(
      config.policies[point.policy], point.msr_ratio, static_cast<std::uint64_t>(point.seed),
      {.model = config.model, .sparse = config.sparse, .schedulers = config.schedulers});
}

std::string point_text(SweepConfig const& config, SweepPoint const& point) {
  return fmt::format("{}/{}/{}/b{}/kv{}/{}/msr{}/{}/{}/seed{}", config.gpus[point.gpu].spec.name,
                     config.model.name, plan::to_text(point.phase), point.batch, point.kv_len,
                     config.policies[point.policy], point.msr_ratio, plan::to_text(point.execution),
                     plan::to_text(point.scheduler), point.seed);
}

Shard parse_shard(std::string const& text) {
  Shard shard;
  char const* const end = text.data() + text.size();
  auto const index = std::from_chars(text.data(), end, shard.index);
  bool ok = index.ec == std::errc() && index.ptr != end && *index.ptr == '/';
  if (ok) {
    auto const count = std::from_chars(index.ptr + 1, end, shard.count);
    ok = count.ec == std::errc() && count.ptr == end && shard.count <= 65536 &&
         shard.index < shard.count;
  }
  if (!ok) {
    throw InputError("--shard " + text + ": is not i/n with 0 <= i < n <= 65536 " +
                     "(shards count from 0) write e.g. --shard 3/8");
  }
  return shard;
}

std::vector<SweepPoint> shard_points(SweepConfig const& config, Shard shard) {
  std::vector<SweepPoint> mine;
  for (SweepPoint const& point : enumerate_points(config)) {
    if (digest_of(point_text(config, point)) % shard.count == shard.index) mine.push_back(point);
  }
  return mine;
}

}  // namespace fluxscope::sim
