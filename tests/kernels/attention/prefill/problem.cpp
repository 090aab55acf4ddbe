#include "tests/kernels/attention/prefill/problem.hpp"

#include <algorithm>
#include <cmath>
#include <set>
#include <span>
#include <string>

#include "base/parallel_for.hpp"
#include "base/random.hpp"
#include "kernels/attention/prefill_kernel.hpp"

namespace fluxscope::testing {
namespace {

/// The blocks that any query row of each (seq, kv_head) reads.
std::vector<std::vector<std::int32_t>> held_blocks(PrefillSetup const& setup,
                                                   PrefillSelection const& selection) {
  std::vector<std::vector<std::int32_t>> held;
  std::size_t row = 0;
  for (std::size_t seq = 0; seq < setup.sequences.size(); ++seq) {
    auto const rows_per_kv_head =
        static_cast<std::size_t>(setup.q_heads / setup.kv_heads * setup.q_blocks(seq));
    for (std::int32_t head = 0; head < setup.kv_heads; ++head) {
      std::set<std::int32_t> blocks;
      for (std::size_t i = 0; i < rows_per_kv_head; ++i, ++row) {
        blocks.insert(selection[row].begin(), selection[row].end());
      }
      held.emplace_back(blocks.begin(), blocks.end());
    }
  }
  return held;
}

KvCacheShape cache_shape(PrefillSetup const& setup) {
  KvCacheShape shape{.head_dim = setup.head_dim,
                     .kv_heads = setup.kv_heads,
                     .kv_len = {},
                     .token_major = setup.token_major,
                     .poison = setup.poison,
                     .seed = setup.seed + 1};
  for (plan::SequenceShape const& sequence : setup.sequences) {
    shape.kv_len.push_back(sequence.kv_len);
  }
  return shape;
}

}  // namespace

AttentionLauncher prefill_launcher(plan::PrefillKernel kernel) {
  return [=](kernels::AttentionParams const& params, kernels::ProbeLevel level,
             cudaStream_t stream) { kernels::launch_prefill(kernel, params, level, stream); };
}

PrefillProblem::PrefillProblem(PrefillSetup setup, PrefillSelection selection,
                               AttentionLauncher launcher)
    : setup_(std::move(setup)),
      selection_(std::move(selection)),
      launcher_(std::move(launcher)),
      cache_(cache_shape(setup_), held_blocks(setup_, selection_)) {
  std::size_t first = 0;
  std::int64_t rows = 0;
  for (std::size_t seq = 0; seq < setup_.sequences.size(); ++seq) {
    selection_begin_.push_back(first);
    first += static_cast<std::size_t>(setup_.q_heads * setup_.q_blocks(seq));
    q_row_begin_.push_back(rows + 1);
    rows += setup_.sequences[seq].q_len + 1;
  }
  Random random(setup_.seed);
  auto const row_size = static_cast<std::size_t>(setup_.q_heads * setup_.head_dim);
  q_.resize(static_cast<std::size_t>(rows) * row_size);
  for (std::size_t i = 0; i < q_.size(); ++i) {
    bool const outlier = i / row_size % 7 == 3;
    q_[i] = round_bf16(normal_bf16(random) * (outlier ? setup_.outlier_scale : 1.0f));
  }
}

AttentionResult PrefillProblem::run(Launches const& launches, ProbeCapacity probe) const {
  if (setup_.page_tokens == 0) return execute(launches, {}, probe);
  return execute(launches, cache_.shuffled_pages(setup_.page_tokens), probe);
}

AttentionResult PrefillProblem::run_layer(plan::LayerWork const& work) const {
  return execute(work.launches, pages_before(work, cache_), {});
}

AttentionResult PrefillProblem::execute(Launches const& launches, KvPages pages,
                                        ProbeCapacity probe) const {
  AttentionInputs inputs{.q_heads = setup_.q_heads,
                         .q = q_,
                         .sequences = {},
                         .cache = cache_,
                         .pages = std::move(pages)};
  for (std::size_t seq = 0; seq < setup_.sequences.size(); ++seq) {
    inputs.sequences.push_back({.q_len = setup_.sequences[seq].q_len,
                                .kv_len = setup_.sequences[seq].kv_len,
                                .q_row_begin = q_row_begin_[seq],
                                .kv_offset = cache_.kv_offset(seq),
                                .kv_head_stride = cache_.kv_head_stride(seq)});
  }
  return run_launches(inputs, launches, launcher_, probe);
}

std::vector<PrefillProblem::Row> PrefillProblem::checked_rows() const {
  std::vector<Row> rows;
  for (std::size_t seq = 0; seq < setup_.sequences.size(); ++seq) {
    std::int32_t const q_len = setup_.sequences[seq].q_len;
    for (std::int32_t query = 0; query < q_len; ++query) {
      bool const edge = query % 128 == 0 || query % 128 == 127 || query == q_len - 1;
      if (q_len > 1200 && !edge && query % 5 != 0) continue;
      for (std::int32_t head = 0; head < setup_.q_heads; ++head) {
        rows.push_back({.seq = seq, .head = head, .query = query});
      }
    }
  }
  return rows;
}

/// Index of a row in lse and, times head_dim, in q and o.
std::size_t PrefillProblem::row_index(Row const& row) const {
  return static_cast<std::size_t>((q_row_begin_[row.seq] + row.query) * setup_.q_heads + row.head);
}

ReferenceRow PrefillProblem::expected_row(Row const& row) const {
  auto const [q_len, kv_len] = setup_.sequences[row.seq];
  std::int32_t const seen = kv_len - q_len + row.query + 1;  // tokens: bottom-right causal
  std::size_t const kv_row =
      row.seq * static_cast<std::size_t>(setup_.kv_heads) +
      static_cast<std::size_t>(row.head / (setup_.q_heads / setup_.kv_heads));
  auto const& blocks =
      selection_[selection_begin_[row.seq] +
                 static_cast<std::size_t>(row.head * setup_.q_blocks(row.seq) + row.query / 128)];
  std::vector<std::size_t> tokens;
  for (std::int32_t const block : blocks) {
    for (std::int32_t t = block * 128; t < std::min(seen, block * 128 + 128); ++t) {
      tokens.push_back(cache_.token_index(kv_row, t));
    }
  }
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  return reference_row(std::span(q_).subspan(row_index(row) * d, d), cache_.k(), cache_.v(),
                       tokens);
}

::testing::AssertionResult PrefillProblem::matches(AttentionResult const& result) const {
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  std::vector<Row> const rows = checked_rows();
  std::vector<std::string> faults(rows.size());
  parallel_for(rows.size(), [&](std::size_t i) {
    std::size_t const index = row_index(rows[i]);
    auto const same = row_matches(std::span(result.o).subspan(index * d, d), result.lse[index],
                                  expected_row(rows[i]));
    if (!same) faults[i] = same.message();
  });
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (faults[i].empty()) continue;
    return ::testing::AssertionFailure() << "sequence " << rows[i].seq << " head " << rows[i].head
                                         << " query " << rows[i].query << ": " << faults[i];
  }
  for (std::int64_t const begin : q_row_begin_) {
    auto const before = static_cast<std::size_t>((begin - 1) * setup_.q_heads);
    if (!std::isnan(result.lse[before]) || !std::isnan(result.o[before * d])) {
      return ::testing::AssertionFailure() << "a row that no sequence owns was written";
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace fluxscope::testing
