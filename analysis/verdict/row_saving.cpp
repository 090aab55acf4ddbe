#include "analysis/verdict/row_saving.hpp"

#include "analysis/metrics/balance_saving.hpp"

namespace fluxscope::analysis {

void add_layer(RowSaving& sum, CaseMeasure const& measure, CaseBudget const& budget) {
  if (!sum.reason.empty()) return;
  auto const saving = balance_saving(measure.attention);
  sum.reason = budget.known ? saving.reason : budget.reason;
  if (!sum.reason.empty()) {
    sum.saving_ns.reset();
    return;
  }
  double const clean = budget.attention_ns / saving.window_ns;
  sum.saving_ns = sum.saving_ns.value_or(0) + *saving.saving_ns * clean;
  sum.u_ns += saving.u_ns * clean;
}

}  // namespace fluxscope::analysis
