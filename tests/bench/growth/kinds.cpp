#include "tests/bench/growth/kinds.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string>

#include "traces/pass.hpp"

namespace fluxscope::bench {
namespace {

using traces::Trace;

constexpr std::uint32_t kSms = 132;
constexpr std::size_t kFewCases = 64;
constexpr std::array<char const*, 3> kSchedulers = {"natural", "longest_first", "persistent"};

std::uint32_t id(std::size_t row) { return static_cast<std::uint32_t>(row); }
std::int64_t ns(std::size_t value) { return static_cast<std::int64_t>(value); }

/// Case i of many: the first of every eight has all heads full.
void add_cases(Trace& trace, std::size_t count) {
  for (std::size_t i = 0; i < count; ++i) {
    traces::CaseRecord one{.case_id = id(i), .name = fmt::format("decode/b1/kv32768/case{}", i)};
    one.phase = "decode";
    one.execution = i % 8 == 0 ? "layer_uniform" : "balanced";
    one.scheduler = kSchedulers.at(i / 8 % kSchedulers.size());
    one.sparse_kind = i % 8 == 0 ? "none" : "streaming";
    one.batch = one.q_len = 1;
    one.kv_len = 32768;
    one.q_heads = 32;
    one.kv_heads = 8;
    one.head_dim = 128;
    one.full_kv_heads = static_cast<std::int32_t>(8 - i % 8);
    one.launches = 1;
    one.tiles = 8;
    one.full_blocks = 4096;
    one.selected_blocks = one.visited_blocks = 4096 - ns(i % 8) * 400;
    one.kv_bytes_selected = one.selected_blocks * 32768 + ns(i);
    one.kv_bytes_held = one.kv_bytes_selected;
    one.time_ns = 20'000 + static_cast<double>(i % 997);
    one.time_low_ns = one.time_ns * 0.99;
    one.time_high_ns = one.time_ns * 1.01;
    one.provenance = "measured";
    trace.cases.push_back(one);
  }
}

traces::LaunchRecord& add_launch(Trace& trace, std::size_t case_id, std::size_t index,
                                 std::int64_t begin_ns, std::int64_t length_ns) {
  traces::LaunchRecord one{.launch_id = id(trace.launches.size()), .case_id = id(case_id)};
  one.pass = traces::number(traces::Pass::probe);
  one.index = id(index);
  one.op = "decode";
  one.counted_as = "attention";
  one.kernel = "decode_split";
  one.grid_ctas = static_cast<std::int32_t>(kSms);
  one.threads_per_cta = 128;
  one.ctas_per_sm = 1;
  one.start_ns = one.first_cta_ns = begin_ns;
  one.end_ns = one.last_cta_ns = begin_ns + length_ns;
  trace.launches.push_back(one);
  return trace.launches.back();
}

void add_sm(Trace& trace, std::uint32_t sm, std::int64_t begin_ns, std::int64_t length_ns) {
  trace.sms.push_back({.launch_id = trace.launches.back().launch_id,
                       .sm = sm,
                       .first_in_ns = begin_ns,
                       .last_out_ns = begin_ns + length_ns,
                       .busy_ns = length_ns,
                       .ctas = 1,
                       .slot_busy_ns = length_ns,
                       .u_ns = 20});
}

/// A launch of one CTA on each of two SMs, with its tile and their times.
void add_small_launch(Trace& trace, std::size_t case_id, std::size_t index) {
  std::int64_t const begin_ns = ns(trace.launches.size()) * 30'000;
  auto& launch = add_launch(trace, case_id, index, begin_ns, 10'000);
  launch.grid_ctas = 2;
  launch.ctas_kept = 2;
  for (std::uint32_t sm = 0; sm < 2; ++sm) {
    std::int64_t const length_ns = 10'000 - 10 * ns(index % 300) * sm;
    add_sm(trace, sm, begin_ns, length_ns);
    trace.ctas.push_back({launch.launch_id, sm, sm, sm, begin_ns, begin_ns + length_ns});
    trace.tiles.push_back({.case_id = launch.case_id,
                           .launch_index = launch.index,
                           .tile = sm,
                           .head = static_cast<std::uint16_t>(sm),
                           .num_splits = 1,
                           .visited_blocks = 8});
  }
  trace.tile_times.push_back({launch.launch_id, 8, 2, 9e3, 8e3, 9e3, 1e4, 1e4});
}

/// Of every ten rows one is full, three are at layer level and six at head level; four layers each,
/// which make the rows' KV amounts differ.
void add_row(Trace& trace, std::int32_t kv_len) {
  std::size_t const i = trace.rows.size();
  std::size_t const place = i % 10;
  traces::RowRecord one{.row_id = id(i), .phase = "decode", .batch = 1, .q_len = 1};
  one.kv_len = kv_len;
  one.policy = place == 0 ? "full" : place < 4 ? "flux" : "duo";
  one.level = place == 0 ? "full" : place < 4 ? "layer" : "head";
  one.msr_ratio = place == 0 ? 0 : static_cast<double>(1 + i / 10 % 20) / 20;
  one.execution = place < 4 ? "layer_uniform" : "balanced";
  one.scheduler = kSchedulers.at(i / 7 % kSchedulers.size());
  trace.rows.push_back(one);
  std::size_t digits = i;
  for (std::uint32_t layer = 0; layer < 4; ++layer, digits /= kFewCases) {
    trace.row_layers.push_back({id(i), layer, id(digits % kFewCases)});
  }
}

void fill_rows(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) add_row(trace, 32768);
}

void fill_shapes(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    add_row(trace, 1024 + static_cast<std::int32_t>(i / 10));
  }
}

void fill_cases(Trace& trace, std::size_t rows) {
  trace.cases.clear();
  add_cases(trace, rows);
  for (std::size_t i = 0; i < rows; ++i) add_small_launch(trace, i, 0);
}

void fill_launches(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) add_small_launch(trace, 1, i);
}

void fill_repetitions(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    add_small_launch(trace, i % kFewCases, 0);
    trace.launches.back().repetition = id(i / kFewCases);
  }
}

void fill_counters(Trace& trace, std::size_t rows) {
  constexpr std::array<char const*, 5> kNames = {"sm__cycles_active.min", "sm__cycles_active.avg",
                                                 "sm__cycles_active.max", "sm__cycles_elapsed.avg",
                                                 "dram__bytes_read.sum"};
  fill_launches(trace, std::max<std::size_t>(rows / kNames.size(), 1));
  for (std::size_t i = 0; i < rows; ++i) {
    trace.counters.push_back({.case_id = 1,
                              .launch_index = id(i / kNames.size()),
                              .name = kNames.at(i % kNames.size()),
                              .value = 1000 + static_cast<double>(i),
                              .unit = "cycle",
                              .passes = 1});
  }
}

/// One launch whose CTAs are all resident at once on four SMs: as many lanes as CTAs.
void fill_ctas(Trace& trace, std::size_t rows) {
  auto& launch = add_launch(trace, 1, 0, 0, ns(4 * rows));
  launch.grid_ctas = static_cast<std::int32_t>(rows);
  launch.ctas_kept = id(rows);
  for (std::uint32_t sm = 0; sm < 4; ++sm) add_sm(trace, sm, 0, ns(4 * rows));
  for (std::size_t i = 0; i < rows; ++i) {
    trace.ctas.push_back(
        {launch.launch_id, id(i), id(i % 4), id(i), ns(i), ns(4 * rows) - ns(i % 1000)});
  }
  trace.tile_times.push_back({launch.launch_id, 8, id(rows), 9e3, 8e3, 9e3, 1e4, 1e4});
}

/// One launch of CTAs that run tile after tile.
void fill_tiles(Trace& trace, std::size_t rows) {
  std::int64_t const length_ns = 1000 * ns(rows / kSms + 1);
  auto& launch = add_launch(trace, 1, 0, 0, length_ns);
  launch.ctas_kept = kSms;
  for (std::uint32_t sm = 0; sm < kSms; ++sm) {
    add_sm(trace, sm, 0, length_ns);
    trace.ctas.push_back({launch.launch_id, sm, sm, traces::kNoRow, 0, length_ns});
  }
  for (std::size_t i = 0; i < rows; ++i) {
    std::int64_t const begin_ns = 1000 * ns(i / kSms);
    trace.work.push_back({launch.launch_id, id(i), id(i % kSms), id(i % kSms), begin_ns,
                          begin_ns + 900 + ns(i % 97)});
    trace.tiles.push_back(
        {.case_id = 1, .launch_index = 0, .tile = id(i), .num_splits = 1, .visited_blocks = 8});
  }
  trace.tile_times.push_back({launch.launch_id, 8, id(rows), 900, 900, 900, 997, 997});
}

void fill_sms(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    std::int64_t const begin_ns = ns(i / kSms) * 30'000;
    if (i % kSms == 0)
      add_launch(trace, i / kSms % kFewCases, i / kSms / kFewCases, begin_ns, 9999);
    add_sm(trace, id(i % kSms), begin_ns, 9000 + ns(i % 1000));
  }
}

/// Groups of one launch, and a launch of groups without rows.
void fill_tile_times(Trace& trace, std::size_t rows) {
  add_launch(trace, 1, 0, 0, 10'000);
  for (std::uint32_t sm = 0; sm < 4; ++sm) add_sm(trace, sm, 0, 10'000 - sm);
  for (std::size_t i = 0; i < rows; ++i) {
    double const mean_ns = 900 + static_cast<double>(i % 9973);
    trace.tile_times.push_back({0, static_cast<std::int32_t>(i), 3, mean_ns, mean_ns - 9,
                                mean_ns - 1, mean_ns + 5, mean_ns + 7});
  }
}

void fill_warps(Trace& trace, std::size_t rows) {
  add_small_launch(trace, 1, 0);
  for (std::size_t i = 0; i < rows; ++i) {
    trace.warps.push_back(
        {0, id(i % 2), static_cast<std::uint16_t>(i / 2 % 65536), id(i), id(i) + 9});
  }
}

void fill_samples(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    trace.samples.push_back({.case_id = id(i % kFewCases),
                             .pass = traces::number(traces::Pass::timing),
                             .repetition = id(i / kFewCases),
                             .time_ns = 20'000 + static_cast<double>(i % 101),
                             .dropped = i % 50 == 0,
                             .drop_reason = i % 50 == 0 ? "throttled" : ""});
  }
}

/// Ranges that nest in pairs, calls that all overlap: as many lanes as calls.
void fill_spans(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    bool const range = i % 2 == 0;
    std::int64_t const begin_ns = ns(i);
    trace.activity.push_back({.kind = range ? "nvtx" : "api",
                              .name = range ? "decode" : "cudaLaunchKernel",
                              .start_ns = begin_ns,
                              .end_ns = range ? begin_ns + 3 - begin_ns % 4 : begin_ns + ns(rows),
                              .correlation = id(i)});
  }
}

void fill_overheads(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    trace.overheads.push_back(
        {id(i % kFewCases), static_cast<std::uint8_t>(1 + i % 3), 0.01, false});
  }
}

void fill_crosschecks(Trace& trace, std::size_t rows) {
  for (std::size_t i = 0; i < rows; ++i) {
    trace.crosschecks.push_back({.case_id = id(i % kFewCases),
                                 .launch_index = id(i / kFewCases),
                                 .name = "sm_busy_mean",
                                 .probe_value = 1000 + static_cast<double>(i % 37),
                                 .other_value = 1000,
                                 .unit = "ns"});
  }
}

constexpr std::array kKinds = {
    Kind{"rows", "rows of the verdict, all of one shape, 20 MSRs", fill_rows},
    Kind{"shapes", "rows of the verdict, ten of each shape", fill_shapes},
    Kind{"cases", "cases of one launch each", fill_cases},
    Kind{"launches", "launches of one execution of one case", fill_launches},
    Kind{"repetitions", "launches, each a repetition of one of 64 cases", fill_repetitions},
    Kind{"counters", "counters, five of each launch of one case", fill_counters},
    Kind{"ctas", "CTAs of one launch, all resident at once", fill_ctas},
    Kind{"tiles", "tiles of one launch, run one after the other by 132 CTAs", fill_tiles},
    Kind{"sms", "SM rows, 132 of each launch", fill_sms},
    Kind{"tile_times", "groups of tile times of one launch", fill_tile_times},
    Kind{"warps", "warps of one launch", fill_warps},
    Kind{"samples", "timings of 64 cases", fill_samples},
    Kind{"spans", "NVTX ranges that nest, and as many CUDA calls that all overlap", fill_spans},
    Kind{"overheads", "probe overheads of 64 cases", fill_overheads},
    Kind{"crosschecks", "cross-checks of 64 cases", fill_crosschecks},
};

}  // namespace

std::span<Kind const> kinds() { return kKinds; }

Trace make_trace(Kind const& kind, std::size_t rows) {
  Trace trace;
  trace.run.source = "measured";
  trace.run.experiment_name = kind.name;
  trace.device.name = "a GPU";
  trace.device.chip = "GH100";
  trace.device.sm_count = static_cast<std::int32_t>(kSms);
  trace.complete = true;
  add_cases(trace, kFewCases);
  kind.fill(trace, rows);
  return trace;
}

}  // namespace fluxscope::bench
