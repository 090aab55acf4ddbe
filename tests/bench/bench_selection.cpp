// bench_selection: microseconds of XAttention's score and select kernels over context, stride and
// head_dim, beside their floor and the sparse attention that the lists feed.

#include <cstdio>
#include <string>
#include <vector>

#include "kernels/device/wgmma_gpu.hpp"
#include "kernels/routing/xattn/score_wgmma/launch.hpp"
#include "tests/bench/bench_main.hpp"
#include "tests/bench/kernels/xattn.hpp"

namespace {

using namespace fluxscope;  // NOLINT: a program, not a header

/// Measured on an H200, 8192^3 bf16 on random data (PyTorch 2.11, 2026-11): the floor of a score
/// kernel is its useful work at this rate.
constexpr double kGemmFlopPerUs = 788e6;

std::vector<bench::ScoreSubject> subjects() {
  std::vector<bench::ScoreSubject> all{
      {"xattn_score", kernels::launch_xattn_score, [](std::int32_t head_dim, std::int32_t stride) {
         return kernels::xattn_score_facts(head_dim, stride, {});
       }}};
  if (kernels::have_wgmma()) {
    all.push_back({"xattn_score_wgmma", kernels::launch_xattn_score_wgmma,
                   [](std::int32_t head_dim, std::int32_t stride) {
                     return kernels::xattn_score_wgmma_facts(head_dim, stride, {});
                   }});
  }
  return all;
}

void time_and_print(bench::ScoreSubject const& subject, bench::SelectionCase const& one,
                    bench::SelectionMemory const& memory, bool with_attention) {
  bench::SelectionBench const selection(subject, one, memory);
  bench::SelectionTime const time = selection.time();
  std::printf(
      "%-18s hd%-3d stride %-2d kv%-6d score %9.1f us (floor %8.1f, %5.1f TFLOP/s) "
      "select %7.1f "
      "us\n",
      subject.name.c_str(), one.head_dim, one.stride, one.kv_len, time.score_us,
      time.useful_flop / kGemmFlopPerUs, time.useful_flop / time.score_us * 1e-6, time.select_us);
  for (float const threshold : {0.1f, 0.25f, 0.5f, 1.0f}) {
    if (!with_attention) break;
    bench::SparseTime const sparse = selection.time_attention(threshold);
    std::printf("    density %.3f attention %9.1f us, selection is %5.1f %% of it\n",
                sparse.density, sparse.attention_us,
                100 * (time.score_us + time.select_us) / sparse.attention_us);
  }
  std::fflush(stdout);
}

void run(std::string const& mode) {
  bench::SelectionMemory const memory(131072);
  for (bench::ScoreSubject const& subject : subjects()) {
    for (std::int32_t const head_dim : {128, 64}) {
      for (std::int32_t const stride : {16, 8}) {
        for (std::int32_t kv_len = 8192; kv_len <= 131072; kv_len *= 2) {
          bool const feeds =
              mode == "--attention" && subject.name == subjects().back().name && kv_len >= 32768;
          time_and_print(subject, {kv_len, head_dim, stride}, memory, feeds);
        }
      }
    }
  }
}

}  // namespace

int main(int argc, char** argv) {
  return bench::bench_main({"bench_selection",
                            "Times XAttention's score and select kernels; --attention: and the "
                            "attention that they feed.",
                            {"--attention"}},
                           argc, argv, run);
}
