#pragma once
// Which SMs of this chip are neighbours: it differs from card to card.

#include <cuda_runtime_api.h>

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "traces/record/trace.hpp"

namespace fluxscope::profiler {

using SmSet = std::vector<std::uint32_t>;

/// SMs that were seen in one cluster, together: [groups], by their lowest SM. A GPC, or less where
/// no cluster reaches some of its SMs.
[[nodiscard]] std::vector<SmSet> joined(std::uint32_t sm_count, std::vector<SmSet> const& clusters);

/// Rate per SM of each set of SMs while all of them read, any unit: [sets].
using ReadRates = std::function<std::vector<double>(std::vector<SmSet> const& sets)>;

/// Which sets share a path to memory, [sets]: 0 or 1, by the lowest SM; all 0 where nothing shows
/// two paths. Sets of one path slow each other down. Told by all triples of the large sets (their
/// best division into two), and of the small ones by which of the two halves slows them more.
[[nodiscard]] std::vector<std::uint32_t> memory_groups(std::vector<SmSet> const& gpcs,
                                                       ReadRates const& rates);

/// The map of the current device, or why there is none.
struct ChipMap {
  std::vector<traces::SmPlaceRecord> sms;  // [SMs]
  std::string reason;                      ///< of what is not known; empty: all is
};
/// Runs some hundred short kernels and takes a gigabyte meanwhile.
[[nodiscard]] ChipMap measure_chip_map(std::int32_t sm_count, cudaStream_t stream);

}  // namespace fluxscope::profiler
