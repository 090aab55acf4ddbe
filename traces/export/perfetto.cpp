#include "traces/export/perfetto.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <map>
#include <unordered_map>

#include "base/error.hpp"
#include "traces/export/case_placement.hpp"
#include "traces/export/slice_lanes.hpp"
#include "traces/export/step_slices.hpp"
#include "traces/record/tile_index.hpp"

namespace fluxscope::traces {
namespace {

constexpr std::uint64_t kFirstSmProcess = 1000;
constexpr std::uint64_t kFirstPassProcess = 10;  // passes are few
constexpr std::uint64_t kTracksPerProcess = 1 << 28;

// One heading of the viewer and the slices of each of its lanes.
struct Process {
  std::uint64_t id = 0;
  std::string name;
  std::string lane_name;
  std::vector<std::vector<Slice>> lanes;
};

void put_in_lane(Process& process, std::size_t lane, Slice slice) {
  if (lane >= process.lanes.size()) process.lanes.resize(lane + 1);
  process.lanes[lane].push_back(std::move(slice));
}

Process lay_out(std::uint64_t id, std::string name, std::string lane_name,
                std::vector<Slice> slices, Nesting nesting) {
  Process process{id, std::move(name), std::move(lane_name), {}};
  auto const lanes = assign_lanes(slices, nesting);
  for (std::size_t i = 0; i < slices.size(); ++i) {
    put_in_lane(process, lanes[i], std::move(slices[i]));
  }
  return process;
}

Slice timed_slice(std::int64_t begin_ns, std::int64_t end_ns, std::int64_t shift_ns) {
  Slice slice{
      .begin_ns = begin_ns + shift_ns, .end_ns = end_ns + shift_ns, .name = {}, .annotations = {}};
  slice.annotations.add("begin_ns", begin_ns);
  slice.annotations.add("end_ns", end_ns);
  return slice;
}

void describe_launch(Slice& slice, Trace const& trace, LaunchRecord const& launch) {
  if (launch.case_id != kNoRow) slice.annotations.add("case", trace.cases[launch.case_id].name);
  slice.annotations.add("launch_id", std::int64_t{launch.launch_id});
}

void describe_tile(Slice& slice, TileIndex const& tiles, LaunchRecord const& launch,
                   std::uint32_t index) {
  slice.annotations.add("tile", std::int64_t{index});
  TileRow const* const tile = tiles.find(launch.case_id, launch.index, index);
  if (tile == nullptr) {
    slice.name = fmt::format("{} tile {}", launch.op, index);
    return;
  }
  slice.name = fmt::format("{} head {} q_block {}", launch.op, tile->head, tile->q_block);
  slice.annotations.add("seq", std::int64_t{tile->seq});
  slice.annotations.add("head", std::int64_t{tile->head});
  slice.annotations.add("q_block", std::int64_t{tile->q_block});
  slice.annotations.add("split", std::int64_t{tile->split});
  slice.annotations.add("num_splits", std::int64_t{tile->num_splits});
  slice.annotations.add("visited_blocks", std::int64_t{tile->visited_blocks});
}

std::uint64_t cta_key(std::uint32_t launch, std::uint32_t cta) {
  return std::uint64_t{launch} << 32 | cta;
}

// Slices of one SM, with the lane of each CTA.
struct SmSlices {
  std::vector<Slice> ctas;
  std::vector<std::uint64_t> keys;  // cta_key of each
  std::vector<std::size_t> tiles;   // rows of /work
};

std::map<std::uint32_t, SmSlices> collect_ctas(Trace const& trace, TileIndex const& tiles,
                                               std::vector<std::int64_t> const& shifts) {
  std::map<std::uint32_t, SmSlices> sms;
  for (CtaRecord const& cta : trace.ctas) {
    LaunchRecord const& launch = trace.launches[cta.launch_id];
    Slice slice = timed_slice(cta.t_in_ns, cta.t_out_ns, shifts[cta.launch_id]);
    slice.name = fmt::format("{} cta {}", launch.op, cta.cta);
    slice.annotations.add("cta", std::int64_t{cta.cta});
    describe_launch(slice, trace, launch);
    if (cta.tile != kNoRow) describe_tile(slice, tiles, launch, cta.tile);
    sms[cta.sm].ctas.push_back(std::move(slice));
    sms[cta.sm].keys.push_back(cta_key(cta.launch_id, cta.cta));
  }
  for (std::size_t row = 0; row < trace.work.size(); ++row) {
    sms[trace.work[row].sm].tiles.push_back(row);
  }
  return sms;
}

Slice tile_slice(Trace const& trace, TileIndex const& tiles, WorkRecord const& work,
                 std::int64_t shift_ns) {
  LaunchRecord const& launch = trace.launches[work.launch_id];
  Slice slice = timed_slice(work.t_begin_ns, work.t_end_ns, shift_ns);
  slice.annotations.add("cta", std::int64_t{work.cta});
  describe_launch(slice, trace, launch);
  describe_tile(slice, tiles, launch, work.tile);
  return slice;
}

// Tiles go inside their CTA; those that do not fit there, or whose CTA has no row, get lanes of
// their own behind the CTAs'.
Process sm_process(Trace const& trace, TileIndex const& tiles, std::uint32_t sm,
                   SmSlices const& slices, std::vector<std::int64_t> const& shifts) {
  auto const lanes = assign_lanes(slices.ctas, Nesting::forbidden);
  std::unordered_map<std::uint64_t, std::size_t> cta_of_key;
  for (std::size_t i = 0; i < slices.keys.size(); ++i) cta_of_key[slices.keys[i]] = i;
  Process process{kFirstSmProcess + sm, fmt::format("SM {}", sm), "slot", {}};
  // Before their tiles, so that a CTA encloses the tile with the same times.
  for (std::size_t i = 0; i < slices.ctas.size(); ++i) {
    put_in_lane(process, lanes[i], slices.ctas[i]);
  }
  std::vector<Slice> homeless;
  for (std::size_t const row : slices.tiles) {
    WorkRecord const& work = trace.work[row];
    Slice slice = tile_slice(trace, tiles, work, shifts[work.launch_id]);
    auto const found = cta_of_key.find(cta_key(work.launch_id, work.cta));
    bool const fits = found != cta_of_key.end() &&
                      slices.ctas[found->second].begin_ns <= slice.begin_ns &&
                      slice.end_ns <= slices.ctas[found->second].end_ns;
    if (fits) {
      put_in_lane(process, lanes[found->second], std::move(slice));
    } else {
      homeless.push_back(std::move(slice));
    }
  }
  std::size_t const own = process.lanes.size();
  auto const homeless_lanes = assign_lanes(homeless, Nesting::forbidden);
  for (std::size_t i = 0; i < homeless.size(); ++i) {
    put_in_lane(process, own + homeless_lanes[i], std::move(homeless[i]));
  }
  return process;
}

std::string launch_name(Trace const& trace, LaunchRecord const& launch) {
  if (launch.case_id != kNoRow) return launch.op + " " + trace.cases[launch.case_id].name;
  if (!launch.kernel.empty()) return launch.kernel;
  return launch.symbol.empty() ? launch.op : launch.symbol;
}

Slice launch_slice(Trace const& trace, LaunchRecord const& launch, std::int64_t begin_ns,
                   std::int64_t end_ns, std::int64_t shift_ns) {
  Slice slice = timed_slice(begin_ns, end_ns, shift_ns);
  slice.name = launch_name(trace, launch);
  describe_launch(slice, trace, launch);
  slice.annotations.add("kernel", launch.kernel);
  slice.annotations.add("symbol", launch.symbol);
  slice.annotations.add("pass", std::int64_t{launch.pass});
  slice.annotations.add("repetition", std::int64_t{launch.repetition});
  slice.annotations.add("grid_ctas", std::int64_t{launch.grid_ctas});
  return slice;
}

struct LaunchSlices {
  std::vector<Slice> of_cases;
  std::map<std::uint32_t, std::vector<Slice>> of_pass;  // those without a case
};

LaunchSlices launch_slices(Trace const& trace, std::vector<std::int64_t> const& shifts) {
  LaunchSlices slices;
  for (LaunchRecord const& launch : trace.launches) {
    bool const by_cupti = launch.start_ns != kMissingNs && launch.end_ns != kMissingNs;
    std::int64_t const begin_ns = by_cupti ? launch.start_ns : launch.first_cta_ns;
    std::int64_t const end_ns = by_cupti ? launch.end_ns : launch.last_cta_ns;
    if (begin_ns == kMissingNs || end_ns == kMissingNs) continue;
    auto& target = launch.case_id == kNoRow ? slices.of_pass[launch.pass] : slices.of_cases;
    target.push_back(launch_slice(trace, launch, begin_ns, end_ns, shifts[launch.launch_id]));
  }
  return slices;
}

std::vector<Slice> activity_slices(Trace const& trace, std::string_view kind) {
  std::vector<Slice> slices;
  for (ActivityRecord const& record : trace.activity) {
    if (record.kind != kind) continue;
    Slice slice = timed_slice(record.start_ns, record.end_ns, 0);
    slice.name = record.name;
    slice.annotations.add("correlation", std::int64_t{record.correlation});
    slices.push_back(std::move(slice));
  }
  return slices;
}

std::vector<Process> all_processes(Trace const& trace) {
  auto const shifts = place_launches(trace);
  TileIndex const tiles(trace);
  std::vector<Process> processes;
  LaunchSlices launches = launch_slices(trace, shifts);
  processes.push_back(
      lay_out(1, "Launches", "stream order", std::move(launches.of_cases), Nesting::forbidden));
  std::uint64_t id = kFirstPassProcess;
  for (auto& [pass, slices] : launches.of_pass) {
    processes.push_back(lay_out(id++, fmt::format("Launches without a case, pass {}", pass), "lane",
                                std::move(slices), Nesting::forbidden));
  }
  processes.push_back(
      lay_out(2, "NVTX", "ranges", activity_slices(trace, "nvtx"), Nesting::allowed));
  processes.push_back(
      lay_out(3, "CUDA API", "calls", activity_slices(trace, "api"), Nesting::allowed));
  processes.push_back(lay_out(4, "CUPTI overhead", "records", activity_slices(trace, "overhead"),
                              Nesting::allowed));
  processes.push_back(lay_out(5, "Steps", "stream", step_slices(trace), Nesting::allowed));
  for (auto const& [sm, slices] : collect_ctas(trace, tiles, shifts)) {
    processes.push_back(sm_process(trace, tiles, sm, slices, shifts));
  }
  return processes;
}

std::int64_t earliest(std::vector<Process> const& processes) {
  std::int64_t first_ns = std::numeric_limits<std::int64_t>::max();
  for (Process const& process : processes) {
    for (auto const& lane : process.lanes) {
      for (Slice const& slice : lane) first_ns = std::min(first_ns, slice.begin_ns);
    }
  }
  return first_ns;
}

}  // namespace

FileKind perfetto_kind() {
  // A packet's tag, and the annotation that each slice has: field 10, 8 bytes.
  return {.name = "a Perfetto timeline of this program",
          .begins = {"\n"},
          .holds =
              "R\x08"
              "begin_ns"};
}

void export_perfetto(Trace const& trace, OutputFile& output) {
  auto const processes = all_processes(trace);
  std::int64_t const origin_ns = earliest(processes);
  for (Process const& process : processes) {
    if (process.lanes.empty()) continue;
    expects(process.lanes.size() < kTracksPerProcess, "the lanes of a process have numbers");
    output.write(
        perfetto::process(process.id, static_cast<std::int32_t>(process.id), process.name));
    for (std::size_t lane = 0; lane < process.lanes.size(); ++lane) {
      std::uint64_t const track = process.id * kTracksPerProcess + lane;
      output.write(
          perfetto::track(track, process.id, fmt::format("{} {}", process.lane_name, lane)));
      output.write(encode_lane(process.lanes[lane], track, origin_ns));
    }
  }
  output.commit();
}

void export_perfetto(Trace const& trace, std::string const& path) {
  OutputFile output(path, {.kinds = {perfetto_kind()}});
  export_perfetto(trace, output);
}

}  // namespace fluxscope::traces
