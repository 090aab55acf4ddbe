// bench_decode: time and bandwidth of a decode layer over batch, context and splits.

#include <algorithm>
#include <cstdio>
#include <set>
#include <vector>

#include "base/cuda/capability.hpp"
#include "kernels/attention/decode_split/launch.hpp"
#include "tests/bench/bench_main.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/bench/kernels/small_kernels.hpp"

namespace {

using namespace fluxscope;  // NOLINT: a program, not a header

/// Pieces per row: one, and those that fill the device's slots half, once and twice.
std::vector<int> split_counts(int fill) {
  std::set<int> const counts{1, std::max(1, fill / 2), std::max(1, fill), std::max(1, 2 * fill)};
  return {counts.begin(), counts.end()};
}

/// decode_split, with and without an early start.
bench::DecodeSubject subject(bool early) {
  return {early ? "decode_split early" : "decode_split",
          [early](kernels::AttentionParams const& params, cudaStream_t stream) {
            kernels::launch_decode_split(params, {.early = early}, stream);
          }};
}

void print_both(bench::DecodeCase const& one, bench::KvArena const& arena) {
  for (bool const early : {true, false}) {
    bench::print_time(subject(early), one, bench::time_decode(subject(early), one, arena));
  }
}

void run() {
  auto const facts = kernels::decode_split_facts(128, {});
  std::printf("decode_split hd128: %d CTAs/SM, %d registers, %lld bytes smem, %lld bytes local\n",
              facts.ctas_per_sm, facts.registers_per_thread,
              static_cast<long long>(facts.smem_bytes), static_cast<long long>(facts.local_bytes));
  int const slots = cuda::sm_count() * facts.ctas_per_sm;
  bench::KvArena const arena(std::size_t{18} << 30);
  for (int const batch : {1, 2, 4, 8, 16}) {
    for (int const full_heads : {0, 1, 2, 4}) {
      print_both({.batch = batch, .kv_len = 131072, .full_heads = full_heads, .splits = 0}, arena);
    }
  }
  for (int const full_heads : {8, 0}) {
    for (int const batch : {1, 8, 16}) {
      for (int const kv_len : {4096, 8192, 32768, 131072, 262144}) {
        if (full_heads == 0 && kv_len != 131072) continue;  // 17 blocks at any length
        for (int const splits : split_counts(slots / (batch * 8))) {
          bench::DecodeCase one{
              .batch = batch, .kv_len = kv_len, .full_heads = full_heads, .splits = splits};
          print_both(one, arena);
          if (splits * batch * 8 <= slots) continue;
          one.persistent = true;
          one.grid_ctas = slots;
          print_both(one, arena);
        }
      }
    }
  }
  for (int const page_tokens : {16, 32, 64, 128}) {
    for (int const batch : {1, 16}) {
      print_both({.batch = batch,
                  .kv_len = 32768,
                  .splits = std::max(1, slots / (batch * 8)),
                  .page_tokens = page_tokens},
                 arena);
    }
  }
  for (int const batch : {1, 16}) {
    print_both({.batch = batch,
                .kv_len = 131072,
                .head_dim = 64,
                .splits = std::max(1, slots / (batch * 8))},
               arena);
  }
  bench::print_gather_times(arena);
  bench::print_router_times();
}

}  // namespace

int main(int argc, char** argv) {
  return bench::bench_main({"bench_decode", "Times decode layers, gather_kv and the router.", {}},
                           argc, argv, [](std::string const&) { run(); });
}
