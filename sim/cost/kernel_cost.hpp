#pragma once
// What a tile costs: the parameters of one kernel on one GPU.

#include <array>
#include <cstdint>
#include <string_view>

#include "plan/op/catalog.hpp"

namespace fluxscope::sim {

/// All times >= 0. The duration of a tile is
///   tile_ns + split_ns [where its row was split] + visited blocks x time per block,
/// and the time per block follows from how many CTAs share the resource (plan::OpLimit). On an SM
///   max(block_ns, sharing CTAs x shared_block_ns);
/// at the device's memory the power mean, exponent p = saturation_power, of what bounds it
///   (block_ns^p + (CTAs of its memory group x group_block_ns)^p + (sharing CTAs x
///   shared_block_ns)^p)^(1/p),
/// which bends where two bounds are near to each other as queues do; p = 0: the largest alone.
/// Combine visits partial slots where the others visit KV blocks.
struct KernelCost {
  double cta_dispatch_ns = 0;   ///< between the first CTAs of successive slots of a launch
  double cta_start_ns = 0;      ///< from a free slot to the first instruction of its next CTA
  double tile_ns = 0;           ///< prologue and epilogue of a tile, loads of its query
  double split_ns = 0;          ///< more for a tile that writes a partial result
  double block_ns = 0;          ///< per block, where the CTA has the resource for itself
  double shared_block_ns = 0;   ///< per block of all sharing CTAs together, resource saturated
  double group_block_ns = 0;    ///< of those of a memory group (sim/sm/chip.hpp), path saturated
  double saturation_power = 0;  ///< no time: a pure number, 0 or at least 1

  friend bool operator==(KernelCost const&, KernelCost const&) = default;
};

/// The parameters by name, for files, transfer and calibration.
struct CostField {
  std::string_view name;
  double KernelCost::*member;
};
inline constexpr std::array<CostField, 7> kCostFields = {{
    {"cta_dispatch_ns", &KernelCost::cta_dispatch_ns},
    {"cta_start_ns", &KernelCost::cta_start_ns},
    {"tile_ns", &KernelCost::tile_ns},
    {"split_ns", &KernelCost::split_ns},
    {"block_ns", &KernelCost::block_ns},
    {"shared_block_ns", &KernelCost::shared_block_ns},
    {"group_block_ns", &KernelCost::group_block_ns},
}};

/// Time per block of a CTA at the device's memory; see KernelCost.
[[nodiscard]] double block_time_ns(KernelCost const& cost, std::uint32_t in_group,
                                   std::uint32_t sharing);

/// Parameters hold for this head_dim; the times per block scale with it.
inline constexpr int kReferenceHeadDim = 128;

// What a block costs at kReferenceHeadDim and four query heads per KV head, the Llama-3 and Qwen3
// group: the scale of starting values and of printed rates. Decode's where an op has both phases.
[[nodiscard]] double reference_block_flop(plan::LaunchOp op);
[[nodiscard]] double reference_block_bytes(plan::LaunchOp op);

}  // namespace fluxscope::sim
