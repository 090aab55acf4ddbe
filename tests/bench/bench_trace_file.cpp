// Speed of the trace file: rows read per second, with digests and without.

#include <benchmark/benchmark.h>
#include <unistd.h>

#include <filesystem>

#include "base/hdf5/digest.hpp"
#include "tests/traces/random_trace.hpp"
#include "tests/traces/seal.hpp"
#include "traces/file/reader.hpp"
#include "traces/file/writer.hpp"

namespace fluxscope::testing {
namespace {

/// Of state.range(0) CTAs in launches of 1,024, with times as a simulation makes them.
traces::Trace trace_of(benchmark::State const& state) {
  traces::Trace trace = random_trace(1, 1024);
  trace.work.clear();
  trace.warps.clear();
  trace.ctas.clear();
  for (auto& launch : trace.launches) launch.grid_ctas = 1024;
  std::mt19937_64 random(2);
  for (std::uint32_t i = 0; i < static_cast<std::uint32_t>(state.range(0)); ++i) {
    std::int64_t const begin = std::int64_t{i} * 90 + static_cast<std::int64_t>(random() % 4096);
    trace.ctas.push_back({.launch_id = i / 1024 % 1024,
                          .cta = i % 1024,
                          .sm = static_cast<std::uint32_t>(random() % 132),
                          .tile = i % 1024,
                          .t_in_ns = begin,
                          .t_out_ns = begin + static_cast<std::int64_t>(random() % 65536)});
  }
  return trace;
}

void read_file(benchmark::State& state, bool digests) {
  TemporaryFolder const folder;
  std::string const path = folder.file("t.h5");
  traces::write_trace(path, trace_of(state));
  if (!digests) make_1_1(path);
  for (auto unused : state) {
    benchmark::DoNotOptimize(traces::read_trace(path).ctas.data());
  }
  state.SetItemsProcessed(state.iterations() * state.range(0));
}

void BM_ReadWithDigests(benchmark::State& state) { read_file(state, true); }
BENCHMARK(BM_ReadWithDigests)->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_ReadWithoutDigests(benchmark::State& state) { read_file(state, false); }
BENCHMARK(BM_ReadWithoutDigests)->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_Write(benchmark::State& state) {
  TemporaryFolder const folder;
  traces::Trace const trace = trace_of(state);
  for (auto unused : state) traces::write_trace(folder.file("t.h5"), trace);
  state.SetItemsProcessed(state.iterations() * state.range(0));
}
BENCHMARK(BM_Write)->Arg(1000)->Arg(1'000'000)->Unit(benchmark::kMillisecond);

void BM_Digest(benchmark::State& state) {
  std::vector<std::byte> const bytes(1 << 20, std::byte{7});
  for (auto unused : state) benchmark::DoNotOptimize(digest_of(bytes));
  state.SetBytesProcessed(state.iterations() * static_cast<std::int64_t>(bytes.size()));
}
BENCHMARK(BM_Digest);

}  // namespace
}  // namespace fluxscope::testing

BENCHMARK_MAIN();
