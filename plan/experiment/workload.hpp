#pragma once
// What a [[workload]] table asks for.

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/toml/reader.hpp"
#include "plan/decisions/model.hpp"
#include "plan/layer/layer_plan.hpp"

namespace fluxscope::plan {

/// One [[workload]] table: every batch with every kv_len, then the batches of `request_kv_lens`.
struct Workload {
  std::string where;  ///< file:line
  Phase phase = Phase::prefill;
  std::vector<std::int64_t> batches;
  std::vector<std::int64_t> kv_lens;
  std::vector<std::vector<std::int64_t>> request_kv_lens;  ///< a batch each: kv_len of each request
  std::int32_t q_len = 0;  ///< of every request; 0: kv_len (prefill)
  std::int32_t chunk = 0;  ///< tokens of a chunk of a prefill; 0: whole prompts
};

/// Reads the keys of a workload:
///   phase           "prefill" or "decode"
///   batches, kv_lens_tokens  every batch with every context; both or none
///   request_kv_lens_tokens   batches of requests of different lengths: [[4096, 131072], [...]], a
///                   length for each request; gates go by their places
///   q_len_tokens    prefill: queries of every request, its last ones; default: kv_len
///   chunk_tokens    prefill, steps: queries of a chunk; the last chunk has the rest. Requests of
///                   one length only
/// `whole_steps`: of an experiment of steps. Throws InputError with file:line, also where a batch
/// is beyond base/limits.hpp, before anything is planned.
[[nodiscard]] Workload read_workload(TomlTable const& table, Model const& model, bool whole_steps);

/// What a policy, execution and scheduler make of it.
struct WorkloadSize {
  double rows = 0;
  double chunks = 0;          ///< 1 for each row that has none
  double chunk_requests = 0;  ///< requests of each of them
};
[[nodiscard]] WorkloadSize size_of(Workload const& workload);

/// Calls visit(sequences) for each batch, in the file's order: batches, then contexts.
void for_each_batch(Workload const& workload,
                    std::function<void(std::vector<SequenceShape> const&)> const& visit);

/// The batch of each chunk of `batch`, in order: only itself where there are none. Queries of a
/// chunk see the tokens before it.
[[nodiscard]] std::vector<std::vector<SequenceShape>> chunks_of(
    Workload const& workload, std::vector<SequenceShape> const& batch);

/// Whether some batch's longest request has `kv_len` tokens.
[[nodiscard]] bool has_context(Workload const& workload, std::int64_t kv_len);

}  // namespace fluxscope::plan
