#include "runs/planned_cases.hpp"

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "runs/case_record.hpp"

namespace fluxscope::runs {
namespace {

constexpr std::size_t kKeptBytes = std::size_t{4} << 30;

std::size_t host_bytes(plan::LayerWork const& work) {
  std::size_t bytes = work.kv.page_table.size() * sizeof(std::int32_t);
  for (plan::WorkList const& list : work.launches) {
    bytes +=
        list.tiles.size() * sizeof(plan::Tile) + list.block_list.size() * sizeof(std::uint32_t);
  }
  return bytes;
}

}  // namespace

PlannedCases::PlannedCases(plan::Experiment const& experiment, plan::DeviceSlots const& slots)
    : experiment_(experiment), slots_(slots) {
  std::size_t const count = experiment.cases.size();
  kept_.resize(count);
  records_.resize(count);
  std::size_t const share = kKeptBytes / (count + 1);
  parallel_for(count, [&](std::size_t i) {
    plan::Case const& layer_case = experiment.cases[i];
    try {
      auto work =
          std::make_shared<plan::LayerWork const>(plan::make_layer_work(layer_case.plan, slots));
      records_[i] = case_record(layer_case, *work);
      records_[i].provenance = "measured";
      if (host_bytes(*work) <= share) kept_[i] = std::move(work);
    } catch (InputError const& error) {
      throw InputError("case " + layer_case.name + ": " + error.what());
    }
  });
}

std::shared_ptr<plan::LayerWork const> PlannedCases::work(std::size_t index) const {
  if (kept_[index] != nullptr) return kept_[index];
  return std::make_shared<plan::LayerWork const>(
      plan::make_layer_work(experiment_.cases[index].plan, slots_));
}

}  // namespace fluxscope::runs
