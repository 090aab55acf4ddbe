// bench_prefill: TFLOP/s of the prefill kernels over context, scheduler, execution and head mix.

#include <cstdio>
#include <string>
#include <vector>

#include "tests/bench/bench_main.hpp"
#include "tests/bench/kernels/prefill_subjects.hpp"

namespace {

using namespace fluxscope;  // NOLINT: a program, not a header

constexpr plan::Scheduler kSchedulers[] = {plan::Scheduler::natural, plan::Scheduler::longest_first,
                                           plan::Scheduler::persistent};

void print_facts(bench::PrefillSubject const& subject, std::int32_t head_dim) {
  std::printf("%-22s hd%-3d %d CTAs/SM, %d threads, %d registers, %lld bytes smem, %lld local\n",
              subject.name.c_str(), head_dim, subject.facts.ctas_per_sm,
              subject.facts.threads_per_cta, subject.facts.registers_per_thread,
              static_cast<long long>(subject.facts.smem_bytes),
              static_cast<long long>(subject.facts.local_bytes));
}

void time_and_print(bench::PrefillSubject const& subject, bench::PrefillCase const& one,
                    bench::PrefillMemory const& memory) {
  bench::print_time(subject, one, bench::time_prefill(subject, one, memory));
}

void dense(bench::PrefillMemory const& memory) {
  for (std::int32_t const head_dim : {128, 64}) {
    for (bench::PrefillSubject const& subject : bench::prefill_subjects(head_dim)) {
      print_facts(subject, head_dim);
      for (std::int32_t kv_len = 1024; kv_len <= 131072; kv_len *= 2) {
        for (plan::Scheduler const scheduler : kSchedulers) {
          time_and_print(subject, {.kv_len = kv_len, .head_dim = head_dim, .scheduler = scheduler},
                         memory);
        }
      }
    }
  }
}

/// The executions worth timing. At 128K a run lasts long and some say what others say: `masked`
/// visits every block whatever the mix, `gather` is two_pool behind a copy.
std::vector<plan::Execution> executions(std::int32_t kv_len, std::int32_t streaming_kv_heads) {
  using plan::Execution;
  bool const uniform = streaming_kv_heads == 0 || streaming_kv_heads == 8;
  if (kv_len < 131072 || streaming_kv_heads == 4) {
    std::vector<Execution> all{Execution::masked, Execution::gather, Execution::two_pool,
                               Execution::fused, Execution::balanced};
    if (uniform) all.push_back(Execution::layer_uniform);
    return all;
  }
  if (uniform) return {Execution::layer_uniform};
  return {Execution::two_pool, Execution::fused, Execution::balanced};
}

void sparse(bench::PrefillSubject const& subject, bench::PrefillMemory const& memory) {
  for (std::int32_t const kv_len : {8192, 32768, 131072}) {
    for (std::int32_t const streaming : {0, 2, 4, 6, 8}) {
      for (plan::Execution const execution : executions(kv_len, streaming)) {
        time_and_print(subject,
                       {.kv_len = kv_len, .streaming_kv_heads = streaming, .execution = execution},
                       memory);
      }
    }
  }
}

void run(std::string const& mode) {
  bench::PrefillMemory const memory(131072);
  if (mode != "--sparse") return dense(memory);
  for (bench::PrefillSubject const& subject : bench::prefill_subjects(128)) {
    sparse(subject, memory);
  }
}

}  // namespace

int main(int argc, char** argv) {
  return bench::bench_main(
      {"bench_prefill", "Times dense prefill layers, or head mixes.", {"--dense", "--sparse"}},
      argc, argv, run);
}
