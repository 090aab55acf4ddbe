// The exported bytes, read by a decoder that shares no code with the encoder.

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <vector>

#include "base/error.hpp"
#include "tests/traces/random_trace.hpp"
#include "traces/export/perfetto.hpp"

namespace fluxscope::testing {
namespace {

using traces::Trace;

/// One protobuf message: its fields by number, varints and bytes, in order.
struct Message {
  std::multimap<std::uint64_t, std::uint64_t> numbers;
  std::multimap<std::uint64_t, std::string> bytes;

  explicit Message(std::string const& text) {
    std::size_t at = 0;
    auto const varint = [&] {
      std::uint64_t value = 0;
      for (int shift = 0;; shift += 7) {
        if (at >= text.size() || shift > 63) throw std::runtime_error("bad varint");
        auto const byte = static_cast<unsigned char>(text[at++]);
        value |= std::uint64_t{byte & 0x7fu} << shift;
        if (byte < 0x80) return value;
      }
    };
    while (at < text.size()) {
      std::uint64_t const key = varint();
      if (key % 8 == 0) {
        numbers.emplace(key / 8, varint());
      } else if (key % 8 == 2) {
        std::uint64_t const size = varint();
        if (size > text.size() - at) throw std::runtime_error("bad length");
        bytes.emplace(key / 8, text.substr(at, size));
        at += size;
      } else {
        throw std::runtime_error("bad wire type");
      }
    }
  }
  [[nodiscard]] std::uint64_t number(std::uint64_t field) const {
    return numbers.find(field)->second;
  }
  [[nodiscard]] std::string text(std::uint64_t field) const {
    auto const found = bytes.find(field);
    return found == bytes.end() ? "" : found->second;
  }
};

struct DrawnSlice {
  std::string process;
  std::string track;
  std::uint64_t begin_ns = 0;
  std::uint64_t end_ns = 0;
  std::string name;
  std::size_t depth = 0;
  std::map<std::string, std::int64_t> numbers;
};

/// Replays begins and ends as the viewer does. Fails where an end has no begin or time runs back.
std::vector<DrawnSlice> decode(std::string const& path) {
  std::ifstream in(path, std::ios::binary);
  Message const file(std::string(std::istreambuf_iterator<char>(in), {}));
  std::map<std::uint64_t, std::string> processes;
  std::map<std::uint64_t, std::pair<std::string, std::string>> tracks;
  std::map<std::uint64_t, std::vector<std::size_t>> open;
  std::map<std::uint64_t, std::uint64_t> now;
  std::vector<DrawnSlice> slices;
  auto const [first, last] = file.bytes.equal_range(1);
  for (auto packet_bytes = first; packet_bytes != last; ++packet_bytes) {
    Message const packet(packet_bytes->second);
    EXPECT_EQ(packet.number(10), 1u);
    if (packet.bytes.contains(60)) {
      Message const descriptor(packet.text(60));
      if (descriptor.bytes.contains(3)) {
        processes[descriptor.number(1)] = Message(descriptor.text(3)).text(6);
      } else {
        tracks[descriptor.number(1)] = {processes.at(descriptor.number(5)), descriptor.text(2)};
      }
      continue;
    }
    Message const event(packet.text(11));
    std::uint64_t const track = event.number(11);
    std::uint64_t const time_ns = packet.number(8);
    EXPECT_GE(time_ns, now[track]);
    now[track] = time_ns;
    if (event.number(9) == 2) {
      if (open[track].empty()) throw std::runtime_error("end without begin");
      slices[open[track].back()].end_ns = time_ns;
      open[track].pop_back();
      continue;
    }
    DrawnSlice slice{tracks.at(track).first, tracks.at(track).second, time_ns, 0,
                     event.text(23),         open[track].size(),      {}};
    auto const [from, to] = event.bytes.equal_range(4);
    for (auto annotation = from; annotation != to; ++annotation) {
      Message const value(annotation->second);
      if (value.numbers.contains(4)) {
        slice.numbers[value.text(10)] = static_cast<std::int64_t>(value.number(4));
      }
    }
    open[track].push_back(slices.size());
    slices.push_back(slice);
  }
  for (auto const& [track, left] : open) EXPECT_TRUE(left.empty()) << "track " << track;
  return slices;
}

/// Two cases, both from time 0, as the simulator writes them: one CTA per tile, and persistent.
Trace small_trace() {
  Trace trace;
  trace.run.source = "simulated";
  trace.device.sm_count = 2;
  for (std::uint32_t i = 0; i < 2; ++i) {
    trace.cases.push_back({.case_id = i, .name = i == 0 ? "plain" : "queue"});
    traces::LaunchRecord launch{.launch_id = i, .case_id = i, .op = "prefill", .grid_ctas = 3};
    launch.first_cta_ns = 0;
    launch.last_cta_ns = 300;
    trace.launches.push_back(launch);
  }
  // SM 0 holds CTA 0 and CTA 1 at once: two slots. CTA 2 follows CTA 0.
  trace.ctas = {{0, 0, 0, 0, 0, 100},
                {0, 1, 0, 1, 10, 300},
                {0, 2, 0, 2, 100, 200},
                {1, 0, 1, traces::kNoRow, 0, 300}};
  trace.work = {{1, 0, 0, 1, 0, 150}, {1, 1, 0, 1, 150, 300}};
  for (std::uint16_t i = 0; i < 3; ++i) {
    trace.tiles.push_back(
        {.case_id = 0, .tile = i, .head = 7, .q_block = i, .visited_blocks = 10 + i});
  }
  trace.activity = {{"nvtx", "outer", 0, 100, 0},
                    {"nvtx", "inner", 20, 60, 0},
                    {"nvtx", "crossing", 50, 150, 0},
                    {"api", "cudaLaunchKernel", 5, 9, 42}};
  return trace;
}

class Perfetto : public ::testing::Test {
 protected:
  std::vector<DrawnSlice> exported(Trace const& trace) {
    traces::export_perfetto(trace, folder_.file("t.pftrace"));
    return decode(folder_.file("t.pftrace"));
  }
  std::vector<DrawnSlice> of_process(std::vector<DrawnSlice> const& all, std::string const& name) {
    std::vector<DrawnSlice> found;
    for (auto const& slice : all) {
      if (slice.process == name) found.push_back(slice);
    }
    return found;
  }

  TemporaryFolder folder_;
};

TEST_F(Perfetto, CtasOfOneSmShareASlotOnlyOneAfterTheOther) {
  auto const slices = of_process(exported(small_trace()), "SM 0");

  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].name, "prefill head 7 q_block 0");
  EXPECT_EQ(slices[0].track, "slot 0");
  EXPECT_EQ(slices[0].end_ns - slices[0].begin_ns, 100u);
  EXPECT_EQ(slices[1].name, "prefill head 7 q_block 2");
  EXPECT_EQ(slices[1].track, "slot 0");
  EXPECT_EQ(slices[2].name, "prefill head 7 q_block 1");
  EXPECT_EQ(slices[2].track, "slot 1");
  EXPECT_EQ(slices[2].numbers.at("visited_blocks"), 11);
  EXPECT_EQ(slices[2].numbers.at("cta"), 1);
}

TEST_F(Perfetto, TilesOfAPersistentCtaLieInsideIt) {
  auto const slices = of_process(exported(small_trace()), "SM 1");

  ASSERT_EQ(slices.size(), 3u);
  EXPECT_EQ(slices[0].name, "prefill cta 0");
  EXPECT_EQ(slices[0].depth, 0u);
  EXPECT_EQ(slices[1].name, "prefill tile 0");  // no row in /tiles
  EXPECT_EQ(slices[1].depth, 1u);
  EXPECT_EQ(slices[2].depth, 1u);
  EXPECT_EQ(slices[2].begin_ns - slices[1].begin_ns, 150u);
}

// Case 1 starts at 0 in the trace, but behind the 300 ns of case 0 and 10 us of gap in the picture.
TEST_F(Perfetto, CasesThatOverlapAreDrawnOneAfterTheOther) {
  auto const slices = of_process(exported(small_trace()), "Launches");

  ASSERT_EQ(slices.size(), 2u);
  EXPECT_EQ(slices[0].name, "prefill plain");
  EXPECT_EQ(slices[0].begin_ns, 0u);
  EXPECT_EQ(slices[1].name, "prefill queue");
  EXPECT_EQ(slices[1].begin_ns, 10'300u);
  EXPECT_EQ(slices[1].numbers.at("begin_ns"), 0);
  EXPECT_EQ(slices[1].track, slices[0].track);
}

// They keep their own times, and those that overlap have lanes of their own.
TEST_F(Perfetto, LaunchesWithoutACaseHaveLanesByPass) {
  Trace trace = small_trace();
  auto const add = [&](std::uint32_t pass, std::int64_t start_ns, std::int64_t end_ns) {
    trace.launches.push_back({.launch_id = static_cast<std::uint32_t>(trace.launches.size()),
                              .case_id = traces::kNoRow,
                              .pass = pass,
                              .op = "gemm",
                              .kernel = "my_gemm",
                              .start_ns = start_ns,
                              .end_ns = end_ns});
  };
  add(1, 20, 90);
  add(1, 50, 120);
  add(2, 100, 130);

  auto const all = exported(trace);
  auto const first = of_process(all, "Launches without a case, pass 1");
  auto const second = of_process(all, "Launches without a case, pass 2");

  ASSERT_EQ(first.size(), 2u);
  EXPECT_EQ(first[0].name, "my_gemm");
  EXPECT_EQ(first[0].begin_ns, 20u);
  EXPECT_NE(first[0].track, first[1].track);
  ASSERT_EQ(second.size(), 1u);
  EXPECT_EQ(second[0].begin_ns, 100u);
  EXPECT_EQ(of_process(all, "Launches").size(), 2u);
}

TEST_F(Perfetto, RangesNestAndCrossingOnesGetTheirOwnTrack) {
  auto const all = exported(small_trace());
  auto const ranges = of_process(all, "NVTX");
  auto const calls = of_process(all, "CUDA API");

  ASSERT_EQ(ranges.size(), 3u);
  EXPECT_EQ(ranges[0].name, "outer");
  EXPECT_EQ(ranges[1].name, "inner");
  EXPECT_EQ(ranges[1].depth, 1u);
  EXPECT_EQ(ranges[2].name, "crossing");
  EXPECT_NE(ranges[2].track, ranges[0].track);
  ASSERT_EQ(calls.size(), 1u);
  EXPECT_EQ(calls[0].numbers.at("correlation"), 42);
}

TEST_F(Perfetto, EveryCtaTileAndLaunchOfARandomTraceIsASlice) {
  Trace trace = random_trace(21, 60);
  // Times within a second, so that moving the cases apart cannot overflow.
  for (auto& launch : trace.launches) {
    launch.start_ns = launch.end_ns = traces::kMissingNs;
    launch.first_cta_ns = launch.last_cta_ns = 500'000'000;
  }
  for (auto& cta : trace.ctas) {
    cta.t_in_ns = std::abs(cta.t_in_ns % 400'000'000);
    cta.t_out_ns = cta.t_in_ns + std::abs(cta.t_out_ns % 100'000'000);
  }
  for (auto& work : trace.work) {
    work.t_begin_ns = std::abs(work.t_begin_ns % 400'000'000);
    work.t_end_ns = work.t_begin_ns + std::abs(work.t_end_ns % 100'000'000);
  }
  trace.activity.clear();
  trace.step_launches.clear();

  auto const slices = exported(trace);

  EXPECT_EQ(slices.size(), trace.ctas.size() + trace.work.size() + trace.launches.size());
  for (auto const& slice : slices) {
    EXPECT_EQ(static_cast<std::int64_t>(slice.end_ns - slice.begin_ns),
              slice.numbers.at("end_ns") - slice.numbers.at("begin_ns"));
  }
}

TEST_F(Perfetto, AnUnwritablePathIsTheUsersFault) {
  EXPECT_THROW(traces::export_perfetto(small_trace(), "/nonexistent-folder/t"), InputError);
}

}  // namespace
}  // namespace fluxscope::testing
