#include "sim/replay/task_result.hpp"

#include <limits>

namespace fluxscope::sim {
namespace {

constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

TaskResult run_batch(Replayer& replayer, workload::Mix const& mix,
                     workload::TaskLength const& length, Variant const& way) {
  TaskResult result = no_result();
  result.first_token = replayer.prefill(way, length.prompt_tokens, mix.chunk_tokens);
  std::int64_t const later = length.output_tokens - 1;
  if (later > 0) result.decode = replayer.tokens(way, length.prompt_tokens + 1, later);
  result.later_tokens = static_cast<double>(later);
  result.prompt_tokens = static_cast<double>(length.prompt_tokens);
  result.output_tokens = static_cast<double>(length.output_tokens);
  result.msr_ratio = way.gates->msr_ratio();
  result.kv_bytes = static_cast<double>(replayer.kv_bytes(way, length.prompt_tokens + later)) /
                    way.gates->requests;
  return result;
}

}  // namespace

TaskResult no_result() {
  OpTime const nothing{.low_ns = 0, .high_ns = 0};
  return {.first_token = {.time = nothing}, .decode = {.time = nothing}};
}

void TaskResult::add(TaskResult const& more, double times) {
  first_token.add(more.first_token, times);
  decode.add(more.decode, times);
  later_tokens += times * more.later_tokens;
  prompt_tokens += times * more.prompt_tokens;
  output_tokens += times * more.output_tokens;
  msr_ratio += times * more.msr_ratio;
  kv_bytes += times * more.kv_bytes;
}

OpTime TaskResult::latency() const {
  Replayed sum = first_token;
  sum.add(decode, 1);
  return sum.time;
}

OpTime TaskResult::per_token() const {
  OpTime time = decode.time;
  if (!(later_tokens > 0)) return {.time_ns = kNone, .low_ns = kNone, .high_ns = kNone};
  time.time_ns /= later_tokens;
  time.low_ns /= later_tokens;
  time.high_ns /= later_tokens;
  return time;
}

TaskResult run_task(Replayer& replayer, workload::Mix const& mix, workload::Task const& task,
                    workload::TaskDecisions const& decisions, Variant way) {
  TaskResult result = no_result();
  way.policy = decisions.policy.get();
  double const batches = static_cast<double>(decisions.batches.size());
  for (workload::TaskLength const& length : task.lengths) {
    for (plan::Gates const& gates : decisions.batches) {
      way.gates = &gates;
      result.add(run_batch(replayer, mix, length, way), length.share / batches);
    }
  }
  return result;
}

}  // namespace fluxscope::sim
