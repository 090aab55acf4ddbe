#pragma once

#include <optional>
#include <span>
#include <string>

#include "analysis/measure/case_budget.hpp"
#include "analysis/measure/launch_measure.hpp"

namespace fluxscope::analysis {

/// Balance saving of a whole step, in the clean time of its layers: what levelling the SMs of each
/// layer's attention launches would save, other times unchanged. Uncertainties of layers add up.
struct RowSaving {
  std::optional<double> saving_ns;  ///< nullopt: a layer is not resolved
  double u_ns = 0;                  ///< 68 %
  std::string reason;               ///< why there is none, else empty
};

/// Adds one layer to the sum.
void add_layer(RowSaving& sum, CaseMeasure const& measure, CaseBudget const& budget);

}  // namespace fluxscope::analysis
