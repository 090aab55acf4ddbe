// bench_kernels: few named cases of each kernel under Google Benchmark, to compare our own
// versions:
//   bench_kernels --benchmark_repetitions=5 --benchmark_out=before.json
// The time of an iteration is the median of graph replays (tests/bench/kernels/graph_replay.hpp).

#include <benchmark/benchmark.h>

#include "kernels/attention/decode_split/launch.hpp"
#include "kernels/device/wgmma_gpu.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/bench/kernels/prefill_subjects.hpp"
#include "tests/bench/kernels/small_kernels.hpp"

namespace fluxscope::bench {
namespace {

constexpr std::int32_t kMostPrefillTokens = 32768;

PrefillMemory const& prefill_memory() {
  static PrefillMemory const memory(kMostPrefillTokens);
  return memory;
}

KvArena const& kv_arena() {
  static KvArena const arena(std::size_t{18} << 30);
  return arena;
}

bool skipped_without_gpu(benchmark::State& state) {
  if (testing::have_gpu()) return false;
  state.SkipWithError("no GPU");
  return true;
}

void prefill(benchmark::State& state, bool wgmma, PrefillCase const& one) {
  if (skipped_without_gpu(state)) return;
  if (wgmma && !kernels::have_wgmma()) {
    state.SkipWithError("the GPU is not of compute capability 9.0");
    return;
  }
  auto const kernel = wgmma ? plan::PrefillKernel::prefill_wgmma : plan::PrefillKernel::prefill_mma;
  PrefillSubject const subject = prefill_subject(kernel, one.head_dim);
  for (auto unused : state) {
    PrefillTime const time = time_prefill(subject, one, prefill_memory());
    state.SetIterationTime(time.median_us * 1e-6);
    state.counters["useful_flop_per_s"] = time.useful_flop / time.median_us * 1e6;
  }
}

DecodeSubject decode_subject() {
  return {"decode_split", [](kernels::AttentionParams const& params, cudaStream_t stream) {
            kernels::launch_decode_split(params, {.early = true}, stream);
          }};
}

/// A layer, merge included.
void decode(benchmark::State& state, DecodeCase const& one) {
  if (skipped_without_gpu(state)) return;
  for (auto unused : state) {
    DecodeTime const time = time_decode(decode_subject(), one, kv_arena());
    state.SetIterationTime(time.median_us * 1e-6);
    state.counters["bytes_per_s"] = time.kv_bytes / time.median_us * 1e6;
  }
}

/// Alone and warm: 8 rows of four query heads.
void combine(benchmark::State& state, std::int32_t pieces) {
  if (skipped_without_gpu(state)) return;
  for (auto unused : state) {
    DecodeTime const time =
        time_decode(decode_subject(), {.batch = 1, .kv_len = 131072, .splits = pieces}, kv_arena());
    state.SetIterationTime(time.combine_us * 1e-6);
  }
}

void gather_kv(benchmark::State& state, std::int32_t batch, std::int32_t blocks) {
  if (skipped_without_gpu(state)) return;
  for (auto unused : state) {
    GatherTime const time = time_gather(kv_arena(), batch, 1024, blocks);
    state.SetIterationTime(time.median_us * 1e-6);
    state.counters["bytes_per_s"] = time.bytes / time.median_us * 1e6;
  }
}

void router(benchmark::State& state, std::int32_t batch, std::int32_t q_len) {
  if (skipped_without_gpu(state)) return;
  for (auto unused : state) state.SetIterationTime(time_router_us(batch, q_len) * 1e-6);
}

template <class Measure, class... Arguments>
void add(char const* name, Measure measure, Arguments... arguments) {
  benchmark::RegisterBenchmark(name, measure, arguments...)
      ->UseManualTime()
      ->Iterations(1)
      ->Unit(benchmark::kMicrosecond);
}

void add_prefill(bool wgmma, char const* short_case, char const* long_case, char const* mixed,
                 char const* dim_64) {
  auto const order = wgmma ? plan::Scheduler::persistent : plan::Scheduler::longest_first;
  add(short_case, prefill, wgmma, PrefillCase{.kv_len = 2048, .scheduler = order});
  add(long_case, prefill, wgmma, PrefillCase{.kv_len = 32768, .scheduler = order});
  add(mixed, prefill, wgmma,
      PrefillCase{.kv_len = 32768,
                  .streaming_kv_heads = 4,
                  .execution = plan::Execution::fused,
                  .scheduler = order});
  add(dim_64, prefill, wgmma, PrefillCase{.kv_len = 16384, .head_dim = 64, .scheduler = order});
}

void add_all() {
  add_prefill(true, "prefill_wgmma/2K", "prefill_wgmma/32K", "prefill_wgmma/32K_half_streaming",
              "prefill_wgmma/16K_hd64");
  add_prefill(false, "prefill_mma/2K", "prefill_mma/32K", "prefill_mma/32K_half_streaming",
              "prefill_mma/16K_hd64");
  add("decode_split/b1_8K", decode, DecodeCase{.batch = 1, .kv_len = 8192, .splits = 16});
  add("decode_split/b1_128K", decode, DecodeCase{.batch = 1, .kv_len = 131072, .splits = 16});
  add("decode_split/b16_32K", decode, DecodeCase{.batch = 16, .kv_len = 32768});
  add("decode_split/b16_32K_pages_of_16", decode,
      DecodeCase{.batch = 16, .kv_len = 32768, .page_tokens = 16});
  add("decode_split/b16_128K_streaming", decode,
      DecodeCase{.batch = 16, .kv_len = 131072, .full_heads = 0});
  add("combine/b1_16_pieces", combine, 16);
  add("combine/b1_100_pieces", combine, 100);
  add("gather_kv/b8_17_blocks", gather_kv, 8, 17);
  add("gather_kv/b8_512_blocks", gather_kv, 8, 512);
  add("router/b1_8K", router, 1, 8192);
  add("router/b8_2K", router, 8, 2048);
}

}  // namespace
}  // namespace fluxscope::bench

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  if (benchmark::ReportUnrecognizedArguments(argc, argv)) return 2;
  fluxscope::bench::add_all();
  benchmark::RunSpecifiedBenchmarks();
  benchmark::Shutdown();
  return 0;
}
