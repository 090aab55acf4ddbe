#include "sim/calibrate/fitted_ranges.hpp"

#include <array>
#include <set>
#include <tuple>

namespace fluxscope::sim {
namespace {

struct Ranges {
  std::set<std::int64_t> kv_lens;
  std::set<std::int64_t> batches;
  std::set<std::tuple<std::int32_t, std::int32_t, std::int32_t>> shapes;
};

}  // namespace

void add_fitted_ranges(CalibrationData const& data, std::span<std::size_t const> chosen,
                       DeviceProfile& profile) {
  std::array<Ranges, 2> of_phase;
  for (std::size_t const i : chosen) {
    CalibrationCase const& one = data.cases[i];
    Ranges& ranges = of_phase[static_cast<std::size_t>(one.phase)];
    ranges.kv_lens.insert(one.kv_len);
    ranges.batches.insert(one.batch);
    ranges.shapes.emplace(one.q_heads, one.kv_heads, one.head_dim);
  }
  for (std::size_t phase = 0; phase < of_phase.size(); ++phase) {
    Ranges const& ranges = of_phase[phase];
    PhaseEvidence& evidence = profile.evidence[phase];
    evidence.kv_lens.assign(ranges.kv_lens.begin(), ranges.kv_lens.end());
    evidence.batches.assign(ranges.batches.begin(), ranges.batches.end());
    evidence.shapes.clear();
    for (auto const& [q_heads, kv_heads, head_dim] : ranges.shapes) {
      evidence.shapes.push_back({q_heads, kv_heads, head_dim});
    }
  }
}

}  // namespace fluxscope::sim
