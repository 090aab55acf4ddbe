#include "runs/cases/planned.hpp"

#include "base/error.hpp"
#include "base/parallel_for.hpp"
#include "runs/cases/layout.hpp"
#include "runs/cases/plan.hpp"
#include "runs/cases/record.hpp"

namespace fluxscope::runs {
namespace {

constexpr std::int64_t kKeptBytes = std::int64_t{4} << 30;

}  // namespace

PlannedCases::PlannedCases(plan::Experiment const& experiment, plan::DeviceSlots const& slots,
                           std::int64_t memory_bytes)
    : experiment_(experiment), slots_(slots) {
  std::size_t const count = experiment.cases.size();
  kept_.resize(count);
  records_.resize(count);
  std::int64_t const share = kKeptBytes / static_cast<std::int64_t>(count + 1);
  parallel_for(count, [&](std::size_t i) {
    plan::Case const& layer_case = experiment.cases[i];
    try {
      auto work =
          std::make_shared<plan::LayerWork const>(plan_case(layer_case.plan, slots, memory_bytes));
      records_[i] = case_record(layer_case, *work);
      records_[i].provenance = "measured";
      if (table_bytes(*work) <= share) kept_[i] = std::move(work);
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
