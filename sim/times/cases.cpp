#include "sim/times/cases.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "base/error.hpp"
#include "plan/layer/names.hpp"
#include "plan/layer/size.hpp"
#include "sim/device/transfer.hpp"

namespace fluxscope::sim {
namespace {

constexpr plan::KernelResources kCombine{128, 64, 4096};
constexpr plan::KernelResources kCacheWrite{512, 32, 0};

void add_kernel(DeviceProfile& profile, plan::LaunchOp op, plan::KernelResources const& resources) {
  KernelProfile kernel{.name = profile.decomposition + "_" + plan::to_text(op),
                       .op = op,
                       .threads_per_cta = resources.threads_per_cta,
                       .registers_per_thread = resources.registers_per_thread,
                       .smem_bytes = resources.smem_bytes};
  kernel.ctas_per_sm = resident_ctas(kernel, profile.spec);
  profile.add(std::move(kernel));
}

plan::LayerPlan layer_plan(TimedRow const& row) {
  plan::Selection selection;
  if (row.window_tokens > 0) {
    selection = {.kind = plan::SelectionKind::streaming, .local_tokens = row.window_tokens};
  }
  auto const batch = static_cast<std::size_t>(row.batch);
  plan::LayerPlan plan{.phase = row.phase, .shape = row.shape};
  plan.sequences.assign(batch, {.q_len = row.q_len, .kv_len = row.kv_len});
  plan.selections.assign(batch * static_cast<std::size_t>(row.shape.q_heads), selection);
  return plan;
}

/// (query, token) pairs of one head.
double pairs(TimedRow const& row) {
  double const q = row.q_len;
  double const kv = row.kv_len;
  double const all = row.causal ? q * (kv - q) + q * (q + 1) / 2 : q * kv;
  return row.window_tokens > 0 ? std::min(all, q * row.window_tokens) : all;
}

/// Tokens that any query of a head sees.
double seen_tokens(TimedRow const& row) {
  if (row.window_tokens == 0) return row.kv_len;
  return std::min<double>(row.kv_len, double{1} * row.q_len + row.window_tokens - 1);
}

}  // namespace

DeviceProfile foreign_profile(DeviceSpec const& spec, plan::Decomposition const& decomposition,
                              std::set<plan::Phase> const& phases) {
  using plan::LaunchOp;
  DeviceProfile profile;
  profile.spec = spec;
  profile.provenance = "fitted";
  profile.decomposition = decomposition.name;
  if (phases.contains(plan::Phase::prefill)) {
    add_kernel(profile, LaunchOp::prefill, decomposition.prefill);
  }
  bool const decode = phases.contains(plan::Phase::decode);
  if (decode) add_kernel(profile, LaunchOp::decode, decomposition.decode);
  bool const merges = (decode && decomposition.splits()) ||
                      (phases.contains(plan::Phase::prefill) && decomposition.splits_prefill);
  if (merges) add_kernel(profile, LaunchOp::combine, kCombine);
  if (decomposition.writes_cache) add_kernel(profile, LaunchOp::gather_kv, kCacheWrite);
  return profile;
}

CalibrationCase times_case(TimedRow const& row, DeviceProfile const& profile) {
  auto const slots = profile.slots();
  expects(slots.decomposition != nullptr, "a table is fitted under a decomposition");
  CalibrationCase made{.phase = row.phase,
                       .batch = row.batch,
                       .kv_len = row.kv_len,
                       .head_dim = row.shape.head_dim,
                       .q_heads = row.shape.q_heads,
                       .kv_heads = row.shape.kv_heads,
                       .full_kv_heads = row.window_tokens > 0 ? 0 : row.batch * row.shape.kv_heads,
                       .time_ns = row.time_ns};
  made.work.launches =
      plan::decomposed_launches(layer_plan(row), *slots.decomposition, slots, row.causal);
  return made;
}

std::int64_t tile_count(TimedRow const& row, plan::Decomposition const& decomposition) {
  std::int64_t const rows = plan::tile_rows(
      {.phase = row.phase, .shape = row.shape, .requests = row.batch, .q_len = row.q_len});
  bool const prefill = row.phase == plan::Phase::prefill;
  std::int64_t const writes = decomposition.writes_cache ? std::int64_t{row.batch} * row.q_len : 0;
  return writes + (prefill ? rows * plan::kBlockTokens / decomposition.prefill_rows : rows);
}

IdealTime ideal_time(TimedRow const& row, DeviceSpec const& spec) {
  double const flop = 4.0 * row.shape.head_dim * row.shape.q_heads * row.batch * pairs(row);
  double const bytes = static_cast<double>(plan::kv_token_bytes(row.shape)) * row.shape.kv_heads *
                       row.batch * seen_tokens(row);
  return {.compute_ns = 1e9 * flop / static_cast<double>(spec.bf16_flop_per_s),
          .memory_ns = 1e9 * bytes / static_cast<double>(spec.hbm_bytes_per_s)};
}

void expect_plausible(TimesTable const& table, DeviceSpec const& spec) {
  TimedRow const* best = nullptr;
  double best_ratio = 0;
  for (TimedRow const& row : table.rows) {
    IdealTime const ideal = ideal_time(row, spec);
    double const least_ns = std::max(ideal.compute_ns / 1.1, ideal.memory_ns / 4);
    if (row.time_ns < least_ns) {
      throw InputError(fmt::format(
          "{}{:.4g} us, but {} needs {:.4g} us at its peak (another unit, or another GPU) give the "
          "unit in the column's name and the GPU with --spec.",
          table.where(row), row.time_ns / 1e3, spec.name, least_ns / 1e3));
    }
    double const ideal_ns = std::max(ideal.compute_ns, ideal.memory_ns);
    double const ratio = row.time_ns / ideal_ns;
    if (ideal_ns >= 1e4 && (best == nullptr || ratio < best_ratio)) {
      best = &row;
      best_ratio = ratio;
    }
  }
  if (best == nullptr || best_ratio < 100) return;
  throw InputError(
      fmt::format("{}even this row, the best of the table, takes {:.3g} times what {} "
                  "can do (another unit, or another GPU) give the unit in the column's "
                  "name and the GPU with --spec.",
                  table.where(*best), best_ratio, spec.name));
}

}  // namespace fluxscope::sim
