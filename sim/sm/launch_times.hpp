#pragma once
// One launch on a model of the GPU: the WorkList's own scheduler on SM slots.

#include <cstdint>
#include <vector>

#include "plan/layer/work_list.hpp"
#include "sim/cost/kernel_cost.hpp"
#include "sim/sm/chip.hpp"

namespace fluxscope::sim {

/// One kernel on one device. Slot s is on SM s % sm_count: the first CTAs go round all SMs.
struct LaunchModel {
  KernelCost cost;
  plan::OpLimit limit = plan::OpLimit::sm_compute;
  std::int32_t sm_count = 1;
  std::int32_t ctas_per_sm = 1;
  Chip chip;               ///< operations limited by memory
  std::int32_t start = 0;  ///< part of the chip that the GPU begins with
};

struct CtaSpan {
  std::int64_t in_ps = 0;
  std::int64_t out_ps = 0;
  std::uint32_t slot = 0;
};

struct TileSpan {
  std::int64_t begin_ps = 0;
  std::int64_t end_ps = 0;
  std::uint32_t cta = 0;
};

enum class Detail : std::uint8_t { makespan, exits, spans };

/// Times since the launch's first possible CTA. `slot_out_ps` is filled under Detail::exits alone,
/// spans under Detail::spans alone.
struct LaunchTimes {
  static constexpr std::int64_t kUnused = -1;

  std::int64_t makespan_ps = 0;
  std::vector<std::int64_t> slot_out_ps;  // [used slots] end of the last tile; kUnused: none ran
  std::vector<CtaSpan> ctas;              // [grid_ctas]
  std::vector<TileSpan> tiles;            // [tiles]
};

/// Schedules `list` as the hardware and the kernel do:
///   natural, longest_first, longest_spread
///                           CTA i runs tile i; CTAs start in order, each on the first free slot
///   persistent              the resident CTAs each take the next tile when they are free
///   balanced_split          CTA i runs tiles [cta_begin[i], cta_begin[i + 1])
/// Integer picoseconds. Events have one total order (time, then SM or slot, then kind), so equal
/// inputs give equal bits. Throws ContractError for a negative cost or a device without slots,
/// InputError as refuse_endless_launch() does.
[[nodiscard]] LaunchTimes simulate_launch(plan::WorkList const& list, LaunchModel const& model,
                                          Detail detail);

/// Which computation simulate_launch chooses; all agree (tested).
enum class Method : std::uint8_t {
  equal_tiles,   ///< closed form: whole waves
  list,          ///< no CTA slows another: list scheduling, O(tiles log slots)
  shared_rates,  ///< processor sharing in virtual time, O(tiles log slots)
};
[[nodiscard]] Method choose_method(plan::WorkList const& list, LaunchModel const& model);
[[nodiscard]] LaunchTimes simulate_launch_by(Method method, plan::WorkList const& list,
                                             LaunchModel const& model, Detail detail);

}  // namespace fluxscope::sim
