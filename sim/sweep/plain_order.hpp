#pragma once

#include "plan/layer/layer_plan.hpp"

namespace fluxscope::sim {

/// Whether the times of a layer whose requests are alike follow from how many of its KV heads are
/// full, whichever these are:
///   masked            every row visits every visible block
///   two_pool, gather  each launch has rows of one kind, in natural order alike for all heads;
///                     longest_first and persistent order prefill rows by KV section, and those
///                     follow from the places of the heads
/// In fused and balanced launches the place decides which tile runs when.
[[nodiscard]] bool head_places_do_not_matter(plan::LayerPlan const& plan);

/// The plan with each request's full heads moved to the front where the places do not matter:
/// plans of the same times become one plan.
[[nodiscard]] plan::LayerPlan in_plain_order(plan::LayerPlan plan);

}  // namespace fluxscope::sim
