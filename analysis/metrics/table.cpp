#include <array>

#include "analysis/metrics/functions.hpp"
#include "analysis/metrics/metric.hpp"
#include "base/error.hpp"

namespace fluxscope::analysis {
namespace {

namespace f = metric_functions;

constexpr char const* kPop = "POP Centre of Excellence, load balance efficiency";
constexpr char const* kDerose = "DeRose, Homer, Johnson, Euro-Par 2007";
constexpr char const* kOurs = "this project";
constexpr char const* kNcu =
    "Nsight Compute, rule WorkloadImbalance; formula checked against the "
    "value that ncu prints on three launches";

constexpr std::array kMetrics = {
    Metric{"M7", "tail_area_ratio", "1", "tail area", "sum_p (T1 - e_p) / (P L)",
           "Share of the SM area that is idle after each SM's last CTA. An SM that ran nothing "
           "counts whole. Does not count idle slots beside a resident CTA. An area, not a loss: "
           "where SMs share the memory, those that go on may draw what the idle ones leave.",
           kOurs, true, f::tail_area},
    Metric{"M21", "balance_saving_ratio", "1", "balance saving", "sum max(0, L - L_level) / sum L",
           "Share of the window that the same tiles would save if every SM ended together, by the "
           "rate model that fits the trace: what a tail costs. Not significant below its "
           "uncertainty (68 %).",
           kOurs, true, f::balance_saving_ratio},
    Metric{"M21b", "balance_saving_us", "us", "balance saving, time", "sum max(0, L - L_level)",
           "As M21.", kOurs, false, f::balance_saving_us},
    Metric{"M10", "useful_area_ratio", "1", "useful area", "sum_p b_p / (P L)",
           "Share of the SM area with at least one resident CTA. Useful + ramp + gaps + tail = 1.",
           kOurs, true, f::useful_area},
    Metric{"M8", "ramp_area_ratio", "1", "ramp area", "sum_p (s_p - T0) / (P L)",
           "Idle before each used SM's first CTA: launch and dispatch.", kOurs, true, f::ramp_area},
    Metric{"M9", "gap_area_ratio", "1", "gap area", "sum_p ((e_p - s_p) - b_p) / (P L)",
           "Idle between CTAs of one SM: CTA turnover. Taken on one SM's own clock.", kOurs, true,
           f::gap_area},
    Metric{"M6", "tail_length_ratio", "1", "tail length", "(T1 - min_p e_p) / L",
           "From the first SM that is idle for good to the end of the launch.", kOurs, true,
           f::tail_length},
    Metric{"M1", "sm_balance_ratio", "1", "SM balance", "mean_p(b_p) / max_p(b_p)",
           "1: all SMs equally long busy. POP calls above 0.8 acceptable.", kPop, true,
           f::sm_balance},
    Metric{"M2", "sm_imbalance_percent", "%", "SM imbalance", "(max_p(b_p) / mean_p(b_p) - 1) 100",
           "How much longer the busiest SM works than the average one.", "Pearce et al., ICS 2012",
           true, f::sm_imbalance_percent},
    Metric{"M3", "sm_imbalance_scaled_percent", "%", "scaled SM imbalance",
           "(max_p(b_p) - mean_p(b_p)) / max_p(b_p) P / (P - 1) 100",
           "0: balanced; 100: one SM does everything.", kDerose, false,
           f::sm_imbalance_scaled_percent},
    Metric{"M4", "sm_imbalance_time_us", "us", "imbalance time", "max_p(b_p) - mean_p(b_p)",
           "Time that perfect balance would save if loads stayed as they are: nothing shared.",
           kDerose, false, f::sm_imbalance_time_us},
    Metric{"M5", "ncu_est_speedup_ratio", "1", "Nsight estimate from SM rows",
           "(1 - mean_p(b_p) / max_p(b_p)) mean_p(b_p) / L",
           "What Nsight Compute prints as estimated speed-up, from the probe. Its elapsed cycles "
           "also hold launch and drain; here L stands for them.",
           kNcu, false, f::ncu_est_speedup},
    Metric{"M5c", "ncu_est_speedup_counter_ratio", "1", "Nsight estimate from counters",
           "(1 - avg / max) avg / elapsed of sm__cycles_active and sm__cycles_elapsed.avg",
           "The same from hardware counters. Compare it with ncu's own output. Where the trace "
           "holds only sm__cycles_elapsed.max, that is taken.",
           kNcu, true, f::ncu_est_speedup_counter},
    Metric{"M11", "slot_use_ratio", "1", "slot use", "sum_i d_i / (P R L)",
           "Like useful area, but sees CTA slots that stay empty beside a resident CTA.", kOurs,
           false, f::slot_use},
    Metric{"M12", "wave_efficiency_ratio", "1", "wave efficiency", "n / ceil(n), n = N / (P R)",
           "Loss by a last wave that is not full, if all items were equally long.",
           "NVIDIA matrix multiplication guide, wave quantization", true, f::wave_efficiency},
    Metric{"M13", "order_bound_ratio", "1", "order bound", "max(sum_i d_i / (P R), max_i d_i) / L",
           "No order of the same items ends before this share of the window: 1 - M13 is the most "
           "that another order can save. Durations are taken as independent of the order.",
           "Graham 1969, list scheduling", true, f::order_bound},
    Metric{"M14", "item_p99_over_p50_ratio", "1", "item p99 / p50", "p99(d_i) / p50(d_i)",
           "Spread of item durations. High spread is harmless under a good order: see tail area.",
           "tail-latency practice", true, f::item_p99_over_p50},
    Metric{"M14b", "item_p95_over_p50_ratio", "1", "item p95 / p50", "p95(d_i) / p50(d_i)",
           "As M14.", "tail-latency practice", false, f::item_p95_over_p50},
    Metric{"M14c", "item_max_over_p50_ratio", "1", "item max / p50", "max(d_i) / p50(d_i)",
           "As M14.", "tail-latency practice", false, f::item_max_over_p50},
    Metric{"M15", "sm_busy_variation_ratio", "1", "variation of SM loads", "sigma(b_p) / mean(b_p)",
           "Descriptor only. Over several launches: of the summed loads.", "textbook", false,
           f::sm_busy_variation},
    Metric{"M15b", "sm_busy_gini_ratio", "1", "Gini of SM loads",
           "sum_i (2 i - P - 1) b_(i) / (P sum b)", "Descriptor only.", "Gini 1912", false,
           f::sm_busy_gini},
    Metric{"M15c", "item_variation_ratio", "1", "variation of item durations",
           "sigma(d_i) / mean(d_i)", "Descriptor only: the order of the items does not enter it.",
           "textbook", false, f::item_variation},
    Metric{"M15d", "item_gini_ratio", "1", "Gini of item durations",
           "sum_i (2 i - N - 1) d_(i) / (N sum d)",
           "Descriptor only: equal for a natural and a longest-first order whose tails differ.",
           "Gini 1912", false, f::item_gini},
    Metric{"M20", "sm_cycles_active_avg_cyc", "cycle", "active cycles, average SM",
           "sm__cycles_active.avg", "Hardware counter; checks b_p independently.", "CUPTI", false,
           f::sm_active_avg_cyc},
    Metric{"M20b", "sm_cycles_active_min_cyc", "cycle", "active cycles, least busy SM",
           "sm__cycles_active.min", "As M20.", "CUPTI", false, f::sm_active_min_cyc},
    Metric{"M20c", "sm_cycles_active_max_cyc", "cycle", "active cycles, busiest SM",
           "sm__cycles_active.max", "As M20.", "CUPTI", false, f::sm_active_max_cyc},
};

}  // namespace

std::span<Metric const> metric_table() { return kMetrics; }

Metric const& metric_named(std::string const& name) {
  for (auto const& metric : kMetrics) {
    if (name == metric.name) return metric;
  }
  throw ContractError("broken contract: no metric is named " + name);
}

}  // namespace fluxscope::analysis
