#include "sim/replay/break_even.hpp"

#include <cmath>
#include <optional>

#include "base/error.hpp"
#include "base/speedup.hpp"
#include "plan/layer/names.hpp"
#include "sim/replay/memory.hpp"
#include "sim/replay/times.hpp"

namespace fluxscope::sim {
namespace {

constexpr std::int64_t kShortest = 1024;
constexpr std::int64_t kLongest = std::int64_t{1} << 20;

std::string kind_text(BreakEven::Kind kind) {
  switch (kind) {
    case BreakEven::Kind::always:
      return "always";
    case BreakEven::Kind::from:
      return "from";
    case BreakEven::Kind::never:
      return "never";
  }
  throw ContractError("a break-even has a kind");
}

/// Where the speed-ups are the ones that `of` picks; nothing where one is not known.
std::optional<BreakEven> even_of(std::vector<traces::BreakEvenPoint> const& points,
                                 double TimeRatio::*of) {
  std::vector<ContextSpeedup> speedups;
  for (traces::BreakEvenPoint const& point : points) {
    if (!std::isfinite(point.speedup.*of)) return std::nullopt;
    speedups.push_back({point.kv_len, point.speedup.*of});
  }
  return break_even(speedups);
}

void set_evens(traces::BreakEvenRow& row) {
  auto const likely = even_of(row.points, &TimeRatio::value);
  expects(likely.has_value(), "predicted times are numbers");
  row.kind = kind_text(likely->kind);
  row.kv_len_tokens = likely->kv_len_tokens;
  if (auto const soonest = even_of(row.points, &TimeRatio::high)) {
    row.low_kind = kind_text(soonest->kind);
    row.low_tokens = soonest->kv_len_tokens;
  }
  if (auto const latest = even_of(row.points, &TimeRatio::low)) {
    row.high_kind = kind_text(latest->kind);
    row.high_tokens = latest->kv_len_tokens;
  }
}

Replayed time_of(Replayer& replayer, Variant const& variant, plan::Phase phase,
                 std::int64_t kv_len) {
  return phase == plan::Phase::prefill ? replayer.prefill(variant, kv_len, 0)
                                       : replayer.token(variant, kv_len);
}

Replayed quickest(Replayer& replayer, std::vector<Variant> const& full, plan::Phase phase,
                  std::int64_t kv_len) {
  std::optional<Replayed> best;
  FullReference reference;
  for (Variant const& variant : full) {
    Replayed const one = time_of(replayer, variant, phase, kv_len);
    if (reference.add(one.time.time_ns)) best = one;
  }
  expects(best.has_value(), "some full run has a time");
  return *best;
}

}  // namespace

std::vector<std::int64_t> break_even_contexts(plan::Model const& model, std::int32_t batch,
                                              std::int64_t memory_bytes) {
  std::vector<std::int64_t> contexts;
  for (std::int64_t kv_len = kShortest; kv_len <= kLongest; kv_len *= 2) {
    bool const fits = memory_bytes == 0 || known_weight_bytes(model).value_or(0) +
                                                   batch * full_kv_bytes(model, kv_len) <=
                                               memory_bytes;
    if (fits || contexts.empty()) contexts.push_back(kv_len);
  }
  return contexts;
}

std::vector<traces::BreakEvenRow> break_evens(Replayer& replayer, Variant const& variant,
                                              std::vector<Variant> const& full,
                                              std::vector<std::int64_t> const& contexts,
                                              std::function<void()> const& done) {
  std::vector<traces::BreakEvenRow> rows;
  for (plan::Phase const phase : {plan::Phase::prefill, plan::Phase::decode}) {
    traces::BreakEvenRow row{.phase = plan::to_text(phase),
                             .msr_ratio = variant.gates->msr_ratio()};
    for (std::int64_t const kv_len : contexts) {
      Replayed const own = time_of(replayer, variant, phase, kv_len);
      Replayed const all = quickest(replayer, full, phase, kv_len);
      row.points.push_back({.kv_len = kv_len,
                            .time = interval_of(own.time),
                            .full = interval_of(all.time),
                            .speedup = speedup_over(all.time, own.time)});
      row.longest_ns = parts_of(own.sum, all.sum);
      done();
    }
    set_evens(row);
    rows.push_back(std::move(row));
  }
  return rows;
}

}  // namespace fluxscope::sim
