#include "sim/replay/layer_book.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "plan/experiment/case_summary.hpp"
#include "runs/cases/plan.hpp"
#include "sim/device/interval.hpp"
#include "sim/device/layer_times.hpp"
#include "sim/device/simulate.hpp"
#include "sim/predict/idle_time.hpp"
#include "sim/step/step_time.hpp"
#include "sim/sweep/plain_order.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::int64_t kPsPerNs = 1000;

BookedLayer simulated(plan::Case const& layer_case, DeviceProfile const& profile) {
  plan::LayerPlan const& plan = layer_case.plan;
  plan::LayerWork work;
  try {
    work = runs::plan_case(plan, profile.slots(), profile.spec.memory_bytes);
  } catch (InputError const& error) {
    throw InputError(profile.spec.name + ", layer " + layer_case.name + ": " + error.what());
  }
  auto const times = simulate_layer(work, profile, plan.shape.head_dim, Detail::makespan);
  auto const summary = plan::summarize(layer_case, work);
  BookedLayer layer{.known = true, .phase = plan.phase};
  layer.sum.selected_blocks = static_cast<double>(work.selected_blocks);
  layer.sum.full_blocks = static_cast<double>(summary.full_blocks);
  double launches_ns = 0;
  for (std::size_t i = 0; i < work.launches.size(); ++i) {
    plan::WorkList const& list = work.launches[i];
    auto const time_ns = static_cast<double>(times.launches[i].makespan_ps / kPsPerNs);
    layer.launches.push_back({list.op, time_ns});
    add_launch(list.op, time_ns, layer.sum);
    launches_ns += time_ns;
    if (plan::op_row(list.op).counted_as != plan::CountedAs::attention) continue;
    double const level_ps = level_end_ps(list, profile.launch_model(list.op, plan.shape.head_dim));
    layer.sum.level_ns += std::min(time_ns, level_ps / kPsPerNs);
  }
  std::string const word =
      provenance(profile, plan.phase, plan.shape, summary.batch, summary.kv_len);
  RatioInterval const interval = prediction_interval(profile.phase(plan.phase), word);
  layer.alone = {.time_ns = static_cast<double>(times.time_ps) / kPsPerNs,
                 .low_ns = static_cast<double>(times.shortest_ps) / kPsPerNs * interval.low,
                 .high_ns = static_cast<double>(times.longest_ps) / kPsPerNs * interval.high,
                 .standing = standing_from(
                     provenance(profile, plan.phase, plan.shape, summary.batch, summary.kv_len))};
  layer.sum.launches_ns = layer.alone.time_ns - launches_ns;
  return layer;
}

}  // namespace

std::uint32_t LayerBook::id_of(plan::LayerPlan plan) {
  plan = plan::canonical(std::move(plan));
  // Its rule is of a batch whose requests are alike; one request is.
  if (plan.sequences.size() == 1) plan = in_plain_order(std::move(plan));
  std::uint32_t const id = cases_.id_of_exactly(std::move(plan));
  if (id >= layers_.size()) layers_.resize(std::size_t{id} + 1);
  return id;
}

void LayerBook::simulate(std::vector<std::uint32_t> const& ids) {
  std::vector<std::uint32_t> unknown;
  for (std::uint32_t const id : ids) {
    if (!layers_[id].known) unknown.push_back(id);
  }
  std::sort(unknown.begin(), unknown.end());
  unknown.erase(std::unique(unknown.begin(), unknown.end()), unknown.end());
  parallel_for(unknown.size(), [&](std::size_t i) {
    layers_[unknown[i]] = simulated(cases_.cases()[unknown[i]], profile_);
  });
}

}  // namespace fluxscope::sim
