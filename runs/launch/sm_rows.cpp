#include "runs/launch/sm_rows.hpp"

#include <algorithm>
#include <utility>

#include "base/error.hpp"

namespace fluxscope::runs {
namespace {

using Life = std::pair<std::int64_t, std::int64_t>;  // in, out

traces::SmRecord sm_row(std::uint32_t sm, std::vector<Life>& lives) {
  traces::SmRecord row{.sm = sm, .ctas = static_cast<std::uint32_t>(lives.size())};
  if (lives.empty()) return row;
  // Lives of a simulated launch are in order.
  if (!std::is_sorted(lives.begin(), lives.end())) std::sort(lives.begin(), lives.end());
  row.first_in_ns = row.last_out_ns = lives[0].first;
  for (auto const& [in_ns, out_ns] : lives) {
    row.busy_ns += std::max<std::int64_t>(0, out_ns - std::max(in_ns, row.last_out_ns));
    row.last_out_ns = std::max(row.last_out_ns, out_ns);
    row.slot_busy_ns += out_ns - in_ns;
  }
  return row;
}

}  // namespace

std::vector<traces::SmRecord> sm_rows(std::span<traces::CtaRecord const> ctas,
                                      std::uint32_t sm_count) {
  std::vector<std::vector<Life>> lives(sm_count);
  for (traces::CtaRecord const& cta : ctas) {
    expects(cta.sm < sm_count, "a CTA runs on an SM of the device");
    lives[cta.sm].emplace_back(cta.t_in_ns, cta.t_out_ns);
  }
  std::vector<traces::SmRecord> rows;
  rows.reserve(sm_count);
  for (std::uint32_t sm = 0; sm < sm_count; ++sm) rows.push_back(sm_row(sm, lives[sm]));
  return rows;
}

CtaWindow cta_window(std::span<traces::SmRecord const> sms) {
  CtaWindow window;
  for (traces::SmRecord const& sm : sms) {
    if (sm.ctas == 0) continue;
    bool const first = window.first_ns == traces::kMissingNs;
    window.first_ns = first ? sm.first_in_ns : std::min(window.first_ns, sm.first_in_ns);
    window.last_ns = first ? sm.last_out_ns : std::max(window.last_ns, sm.last_out_ns);
  }
  return window;
}

}  // namespace fluxscope::runs
