#include "runs/cases/plan.hpp"

#include <algorithm>
#include <string>

#include "base/error.hpp"
#include "plan/layer/kv_layout.hpp"
#include "plan/layer/tile.hpp"
#include "runs/cases/cut.hpp"
#include "runs/cases/layout.hpp"

namespace fluxscope::runs {
namespace {

using plan::LayerPlan;

/// What the plan needs whatever its launches are: no partial results, no tile tables. Planning a
/// case far beyond the memory would take long and much memory of the host.
CaseBytes least_bytes(LayerPlan const& plan) {
  return case_bytes(make_case_layout(plan, {.kv = plan::make_kv_layout(plan)}));
}

CaseBytes bytes_of(LayerPlan const& plan, plan::LayerWork const& work) {
  return case_bytes(make_case_layout(plan, work));
}

bool fits(LayerPlan const& plan, plan::DeviceSlots const& slots, std::int64_t memory_bytes) {
  return least_bytes(plan).total() <= memory_bytes &&
         bytes_of(plan, plan::make_layer_work(plan, slots)).total() <= memory_bytes;
}

[[noreturn]] void refuse(LayerPlan const& plan, plan::DeviceSlots const& slots,
                         std::int64_t memory_bytes, CaseBytes const& needed) {
  Fitting const fitting = largest_that_fits(plan, slots, memory_bytes);
  std::string advice;
  if (fitting.batch > 0) advice = " lower the batch to " + std::to_string(fitting.batch);
  if (fitting.kv_len > 0) {
    advice += (advice.empty() ? " lower " : ", or ") + std::string("kv_len to ") +
              std::to_string(fitting.kv_len);
  }
  if (advice.empty()) advice = " lower batch and kv_len";
  if (plan.execution == plan::Execution::gather) {
    advice += ", or leave out execution gather, which holds the cache twice";
  }
  throw InputError(memory_problem(needed, memory_bytes) + ")" + advice);
}

}  // namespace

Fitting largest_that_fits(LayerPlan const& plan, plan::DeviceSlots const& slots,
                          std::int64_t memory_bytes) {
  auto const batch = static_cast<std::int32_t>(plan.sequences.size());
  std::int32_t longest = 0;
  for (plan::SequenceShape const& one : plan.sequences) longest = std::max(longest, one.kv_len);
  return {.batch = largest(batch,
                           [&](std::int32_t count) {
                             return fits(first_requests(plan, count), slots, memory_bytes);
                           }),
          .kv_len = plan::kBlockTokens * largest(longest / plan::kBlockTokens, [&](std::int32_t n) {
                      return fits(cut_contexts(plan, n * plan::kBlockTokens), slots, memory_bytes);
                    })};
}

plan::LayerWork plan_case(LayerPlan const& plan, plan::DeviceSlots const& slots,
                          std::int64_t memory_bytes) {
  if (memory_bytes == 0) return plan::make_layer_work(plan, slots);
  plan::validate(plan);
  CaseBytes const least = least_bytes(plan);
  if (least.total() > memory_bytes) refuse(plan, slots, memory_bytes, least);
  plan::LayerWork work = plan::make_layer_work(plan, slots);
  CaseBytes const needed = bytes_of(plan, work);
  if (needed.total() > memory_bytes) refuse(plan, slots, memory_bytes, needed);
  return work;
}

}  // namespace fluxscope::runs
