#pragma once
// Distinct layers, each simulated once.

#include <cstdint>
#include <vector>

#include "plan/experiment/case_table.hpp"
#include "sim/replay/step_sum.hpp"

namespace fluxscope::sim {

/// One simulated layer.
struct BookedLayer {
  struct Launch {
    plan::LaunchOp op = plan::LaunchOp::decode;
    double time_ns = 0;  ///< whole ns, as in a simulated trace
  };
  bool known = false;
  plan::Phase phase = plan::Phase::prefill;
  std::vector<Launch> launches;
  OpTime alone;  ///< with its launches' gaps, as a simulated case has it
  StepSum sum;   ///< of its launches, run alone
};

class LayerBook {
 public:
  /// `profile` outlives it.
  explicit LayerBook(DeviceProfile const& profile) : profile_(profile) {}

  /// The place of a layer; alike layers share it. Its plan has no block lists.
  [[nodiscard]] std::uint32_t id_of(plan::LayerPlan plan);
  /// Simulates those of the layers that are not known, on all cores. Throws InputError as
  /// simulate() does.
  void simulate(std::vector<std::uint32_t> const& ids);
  /// A layer that was simulated.
  [[nodiscard]] BookedLayer const& at(std::uint32_t id) const { return layers_[id]; }
  [[nodiscard]] std::size_t size() const { return layers_.size(); }

 private:
  DeviceProfile const& profile_;
  plan::CaseTable cases_;
  std::vector<BookedLayer> layers_;  // by id
};

}  // namespace fluxscope::sim
