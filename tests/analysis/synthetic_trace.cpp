#include "tests/analysis/synthetic_trace.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/schedule/list_schedule.hpp"
#include "traces/pass.hpp"

namespace fluxscope::testing {
namespace {

using traces::Trace;

constexpr std::int32_t kHeads = 8;
constexpr std::int32_t kBlock = 128;
constexpr std::int32_t kSparseBlocks = 17;  // sink 128 + local 2048 tokens
constexpr std::int64_t kBlockBytes = 2 * 2 * kBlock * 128;

/// One CTA's work in a synthetic launch.
struct Item {
  std::int32_t head = 0;
  std::int32_t q_block = 0;
  std::int32_t visited = 0;
  std::int64_t duration_ns = 0;
};

struct Launch {
  std::string op = "prefill";
  std::vector<Item> items;
};

/// Appends launches, SM, CTA, tile and tile-time rows; keeps the clock of the trace.
class Recorder {
 public:
  Recorder(Trace& trace, SyntheticSetup const& setup) : trace_(trace), setup_(setup) {}

  /// Returns the window of the launch.
  std::int64_t record(std::uint32_t case_id, std::uint32_t index, Launch const& launch,
                      bool longest_first);

 private:
  void record_sms(std::uint32_t launch_id, Schedule const& schedule, std::int64_t begin_ns);
  void record_groups(std::uint32_t launch_id, std::vector<Item> const& items);

  Trace& trace_;
  SyntheticSetup const& setup_;
  std::int64_t now_ns_ = 1000;
};

std::int64_t Recorder::record(std::uint32_t case_id, std::uint32_t index, Launch const& launch,
                              bool longest_first) {
  auto items = launch.items;
  if (longest_first) {
    std::stable_sort(items.begin(), items.end(),
                     [](Item const& a, Item const& b) { return a.duration_ns > b.duration_ns; });
  }
  std::vector<std::int64_t> slot_times;
  for (auto const& item : items) slot_times.push_back(item.duration_ns + setup_.turnover_ns);
  auto const schedule = list_schedule(slot_times, static_cast<std::uint32_t>(setup_.sm_count));
  traces::LaunchRecord record;
  record.launch_id = static_cast<std::uint32_t>(trace_.launches.size());
  record.case_id = case_id;
  record.pass = traces::number(traces::Pass::probe);
  record.index = index;
  record.op = launch.op;
  record.counted_as = launch.op == "prefill"     ? "attention"
                      : launch.op == "gather_kv" ? "selection"
                                                 : "other";
  record.probe_level = 1;
  record.grid_ctas = static_cast<std::int32_t>(items.size());
  record.threads_per_cta = 128;
  record.ctas_per_sm = 1;
  auto const window = schedule.makespan - setup_.turnover_ns;
  record.first_cta_ns = now_ns_;
  record.last_cta_ns = now_ns_ + window;
  record.ctas_kept = setup_.keep_rows ? static_cast<std::uint32_t>(items.size()) : 0;
  record_sms(record.launch_id, schedule, now_ns_);
  record_groups(record.launch_id, items);
  for (std::uint32_t i = 0; setup_.keep_rows && i < items.size(); ++i) {
    auto const& job = schedule.jobs[i];
    trace_.ctas.push_back({record.launch_id, i, job.slot, i, now_ns_ + job.begin,
                           now_ns_ + job.end - setup_.turnover_ns});
    traces::TileRow tile;
    tile.case_id = case_id;
    tile.launch_index = index;
    tile.tile = i;
    tile.head = static_cast<std::uint16_t>(items[i].head);
    tile.q_block = static_cast<std::uint16_t>(items[i].q_block);
    tile.num_splits = 1;
    tile.visited_blocks = items[i].visited;
    trace_.tiles.push_back(tile);
  }
  trace_.launches.push_back(record);
  now_ns_ += window + 2000;
  return window;
}

void Recorder::record_sms(std::uint32_t launch_id, Schedule const& schedule,
                          std::int64_t begin_ns) {
  std::vector<traces::SmRecord> sms(static_cast<std::size_t>(setup_.sm_count));
  for (std::uint32_t sm = 0; sm < sms.size(); ++sm) {
    sms[sm].launch_id = launch_id;
    sms[sm].sm = sm;
    sms[sm].u_ns = setup_.u_ns;
  }
  for (auto const& job : schedule.jobs) {
    auto& sm = sms[job.slot];
    auto const end = job.end - setup_.turnover_ns;
    if (sm.ctas == 0) sm.first_in_ns = begin_ns + job.begin;
    sm.last_out_ns = begin_ns + end;
    sm.busy_ns += end - job.begin;
    sm.slot_busy_ns = sm.busy_ns;
    ++sm.ctas;
  }
  trace_.sms.insert(trace_.sms.end(), sms.begin(), sms.end());
}

void Recorder::record_groups(std::uint32_t launch_id, std::vector<Item> const& items) {
  std::map<std::int32_t, std::vector<double>> groups;
  for (auto const& item : items) {
    groups[item.visited].push_back(static_cast<double>(item.duration_ns));
  }
  for (auto& [visited, durations] : groups) {
    std::sort(durations.begin(), durations.end());
    auto const n = durations.size();
    double const sum = std::accumulate(durations.begin(), durations.end(), 0.0);
    trace_.tile_times.push_back({launch_id, visited, static_cast<std::uint32_t>(n),
                                 sum / static_cast<double>(n), durations.front(),
                                 durations[(n + 1) / 2 - 1], durations[(n * 99 + 99) / 100 - 1],
                                 durations.back()});
  }
}

/// A synthetic layer: how many of the kHeads heads are full, and how it is executed.
struct Layer {
  std::int32_t kv_len = 0;
  std::int32_t full_heads = 0;
  std::string execution;
  std::string scheduler;
};

bool is_full(Layer const& layer, std::int32_t head) { return head < layer.full_heads; }

std::int32_t selected(Layer const& layer, std::int32_t head, std::int32_t q_block) {
  return is_full(layer, head) ? q_block + 1 : std::min(q_block + 1, kSparseBlocks);
}

Item item_of(Layer const& layer, SyntheticSetup const& setup, std::int32_t head,
             std::int32_t q_block) {
  Item item{head, q_block, selected(layer, head, q_block), 0};
  if (layer.execution == "masked") item.visited = q_block + 1;
  // A few per cent of spread that depends on the item only.
  auto const spread = (head * 131 + q_block * 71) % 64;
  double const ns = (1800 + 850.0 * item.visited) * (1 + spread / 1000.0) * setup.time_scale;
  item.duration_ns = static_cast<std::int64_t>(ns);
  return item;
}

std::vector<Launch> launches_of(Layer const& layer, SyntheticSetup const& setup) {
  auto const q_blocks = layer.kv_len / kBlock;
  Launch full;
  Launch sparse;
  bool const split = layer.execution == "gather" || layer.execution == "two_pool";
  for (std::int32_t head = 0; head < kHeads; ++head) {
    auto& target = split && !is_full(layer, head) ? sparse : full;
    for (std::int32_t q = 0; q < q_blocks; ++q) {
      target.items.push_back(item_of(layer, setup, head, q));
    }
  }
  std::vector<Launch> launches;
  if (layer.execution == "gather") {
    Launch copy{"gather_kv", {}};
    for (std::int32_t i = 0; i < kHeads * q_blocks / 4; ++i) {
      copy.items.push_back({i % kHeads, 0, 4, static_cast<std::int64_t>(900 * setup.time_scale)});
    }
    launches.push_back(copy);
  }
  if (!full.items.empty()) launches.push_back(full);
  if (!sparse.items.empty()) launches.push_back(sparse);
  return launches;
}

class Experiment {
 public:
  explicit Experiment(SyntheticSetup const& setup) : setup_(setup), recorder_(trace_, setup_) {}

  void add_row(std::string const& policy, std::string const& level, double msr,
               std::vector<Layer> const& layers);
  Trace take() { return std::move(trace_); }
  Trace& trace() { return trace_; }

 private:
  std::uint32_t case_of(Layer const& layer);
  std::uint32_t add_case(Layer const& layer, std::string const& name);

  SyntheticSetup setup_;
  Trace trace_;
  Recorder recorder_;
  std::map<std::string, std::uint32_t> cases_;
};

std::uint32_t Experiment::case_of(Layer const& layer) {
  auto const name = "prefill/b1/kv" + std::to_string(layer.kv_len) + "/full" +
                    std::to_string(layer.full_heads) + "of8/" + layer.execution + "/" +
                    layer.scheduler;
  auto const found = cases_.find(name);
  if (found != cases_.end()) return found->second;
  auto const id = add_case(layer, name);
  cases_[name] = id;
  return id;
}

std::uint32_t Experiment::add_case(Layer const& layer, std::string const& name) {
  traces::CaseRecord record;
  record.case_id = static_cast<std::uint32_t>(trace_.cases.size());
  record.name = name;
  record.phase = "prefill";
  record.execution = layer.execution;
  record.scheduler = layer.scheduler;
  record.sparse_kind = layer.full_heads == kHeads ? "none" : "streaming";
  record.batch = 1;
  record.q_len = record.kv_len = layer.kv_len;
  record.q_heads = record.kv_heads = kHeads;
  record.head_dim = 128;
  record.full_kv_heads = layer.full_heads;
  auto const q_blocks = layer.kv_len / kBlock;
  record.full_blocks = std::int64_t{kHeads} * q_blocks * (q_blocks + 1) / 2;
  record.kv_bytes_selected = kBlockBytes * kHeads * q_blocks;
  record.provenance = setup_.source == "measured" ? "measured"
                      : layer.kv_len > 8192       ? "extrapolated"
                                                  : "calibrated";
  double time_ns = 0;
  std::uint32_t index = 0;
  for (auto const& launch : launches_of(layer, setup_)) {
    for (auto const& item : launch.items) {
      if (launch.op != "prefill") continue;
      record.visited_blocks += item.visited;
      record.selected_blocks += selected(layer, item.head, item.q_block);
    }
    record.tiles += launch.op == "prefill" ? static_cast<std::int64_t>(launch.items.size()) : 0;
    auto const window =
        recorder_.record(record.case_id, index++, launch, layer.scheduler == "longest_first");
    time_ns += static_cast<double>(window) + 2500;
  }
  record.launches = static_cast<std::int32_t>(index);
  record.time_ns = time_ns;
  record.time_low_ns = time_ns * 0.99;
  record.time_high_ns = time_ns * 1.01;
  trace_.cases.push_back(record);
  return record.case_id;
}

void Experiment::add_row(std::string const& policy, std::string const& level, double msr,
                         std::vector<Layer> const& layers) {
  traces::RowRecord row;
  row.row_id = static_cast<std::uint32_t>(trace_.rows.size());
  row.policy = policy;
  row.level = level;
  row.msr_ratio = msr;
  row.phase = "prefill";
  row.batch = 1;
  row.q_len = row.kv_len = layers.front().kv_len;
  row.execution = layers.front().execution;
  row.scheduler = layers.front().scheduler;
  trace_.rows.push_back(row);
  for (std::uint32_t layer = 0; layer < layers.size(); ++layer) {
    trace_.row_layers.push_back({row.row_id, layer, case_of(layers[layer])});
  }
}

void add_measured_tables(Trace& trace) {
  trace.passes = {{0, "timing", true, ""},
                  {1, "activity", true, ""},
                  {2, "probe", true, ""},
                  {3, "counters", false, "no privilege"}};
  trace.losses = {{"probe_records_dropped", 0, "probe records beyond the buffer"}};
  for (auto const& record : trace.cases) {
    trace.samples.push_back({record.case_id, 0, 0, 0, record.time_ns, 1980, 600, false, ""});
    trace.overheads.push_back({record.case_id, 1, 0.004, false});
    trace.crosschecks.push_back(
        {record.case_id, 0, "cupti_span", record.time_ns * 1.01, record.time_ns, "ns", ""});
  }
}

}  // namespace

Trace single_launch_trace(std::vector<std::int64_t> const& durations_ns, std::int32_t sm_count,
                          float u_ns, bool keep_rows) {
  SyntheticSetup setup;
  setup.sm_count = sm_count;
  setup.u_ns = u_ns;
  setup.turnover_ns = 0;
  setup.keep_rows = keep_rows;
  Trace trace;
  trace.cases.emplace_back();
  trace.cases[0].name = "single";
  trace.cases[0].scheduler = "natural";
  Launch launch;
  for (auto duration : durations_ns) {
    launch.items.push_back({0, 0, static_cast<std::int32_t>(duration), duration});
  }
  Recorder recorder(trace, setup);
  trace.cases[0].time_ns = static_cast<double>(recorder.record(0, 0, launch, false));
  return trace;
}

Trace prefill_trace(SyntheticSetup const& setup) {
  Experiment experiment(setup);
  std::vector<std::string> const schedulers{"natural", "longest_first"};
  std::vector<std::string> const executions{"masked", "gather", "two_pool", "fused"};
  auto const layers = static_cast<std::size_t>(setup.layers);
  for (auto kv_len : setup.contexts) {
    for (auto const& scheduler : schedulers) {
      Layer const full{kv_len, kHeads, "layer_uniform", scheduler};
      Layer const sparse{kv_len, 0, "layer_uniform", scheduler};
      experiment.add_row("full", "full", 0, std::vector<Layer>(layers, full));
      std::vector<Layer> flux(layers / 2, full);
      flux.resize(layers, sparse);
      experiment.add_row("flux", "layer", 0.5, flux);
      for (auto const& execution : executions) {
        Layer const mixed{kv_len, kHeads / 2, execution, scheduler};
        experiment.add_row("head_dynamic", "head", 0.5, std::vector<Layer>(layers, mixed));
      }
    }
  }
  auto& trace = experiment.trace();
  trace.complete = true;
  trace.run.source = setup.source;
  trace.run.experiment_name = "synthetic-prefill";
  trace.run.created = "2026-01-01T00:00:00Z";
  trace.device.name = "Synthetic GPU";
  trace.device.sm_count = setup.sm_count;
  if (setup.source == "measured") add_measured_tables(trace);
  return experiment.take();
}

}  // namespace fluxscope::testing
