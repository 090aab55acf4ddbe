#include "tests/kernels/attention/decode/problem.hpp"

#include <algorithm>
#include <span>

#include "base/random.hpp"

namespace fluxscope::testing {

AttentionLauncher decode_launcher() {
  return
      [](kernels::AttentionParams const& params, kernels::ProbeLevel level, cudaStream_t stream) {
        kernels::launch_decode_split(params, {.probe = level}, stream);
      };
}

DecodeProblem::DecodeProblem(DecodeSetup setup, DecodeSelection selection,
                             AttentionLauncher launcher)
    : setup_(std::move(setup)),
      selection_(std::move(selection)),
      launcher_(std::move(launcher)),
      cache_({.head_dim = setup_.head_dim,
              .kv_heads = setup_.kv_heads,
              .kv_len = setup_.kv_len,
              .poison = setup_.poison,
              .seed = setup_.seed + 1},
             selection_) {
  Random random(setup_.seed);
  q_.resize(setup_.kv_len.size() * static_cast<std::size_t>(setup_.q_heads * setup_.head_dim));
  for (float& x : q_) x = round_bf16(normal_bf16(random) * setup_.q_scale);
}

DecodeResult DecodeProblem::run(Launches const& launches, ProbeCapacity probe) const {
  if (setup_.page_tokens == 0) return execute(launches, {}, probe);
  return execute(launches, cache_.shuffled_pages(setup_.page_tokens), probe);
}

DecodeResult DecodeProblem::run_layer(plan::LayerWork const& work) const {
  return execute(work.launches, pages_before(work, cache_), {});
}

DecodeResult DecodeProblem::execute(Launches const& launches, KvPages pages,
                                    ProbeCapacity probe) const {
  AttentionInputs inputs{.q_heads = setup_.q_heads,
                         .q = q_,
                         .sequences = {},
                         .cache = cache_,
                         .pages = std::move(pages)};
  for (std::size_t seq = 0; seq < setup_.kv_len.size(); ++seq) {
    inputs.sequences.push_back({.q_len = 1,
                                .kv_len = setup_.kv_len[seq],
                                .q_row_begin = static_cast<std::int64_t>(seq),
                                .kv_offset = cache_.kv_offset(seq),
                                .kv_head_stride = cache_.kv_head_stride(seq)});
  }
  return run_launches(inputs, launches, launcher_, probe);
}

ReferenceRow DecodeProblem::expected_row(std::size_t seq, std::int32_t q_head) const {
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  std::int32_t const group = setup_.q_heads / setup_.kv_heads;
  std::size_t const row =
      seq * static_cast<std::size_t>(setup_.kv_heads) + static_cast<std::size_t>(q_head / group);
  std::size_t const q_row =
      seq * static_cast<std::size_t>(setup_.q_heads) + static_cast<std::size_t>(q_head);
  std::vector<std::size_t> tokens;
  for (std::int32_t const block : selection_[row]) {
    for (std::int32_t t = block * 128; t < std::min(setup_.kv_len[seq], block * 128 + 128); ++t) {
      tokens.push_back(cache_.token_index(row, t));
    }
  }
  return reference_row(std::span(q_).subspan(q_row * d, d), cache_.k(), cache_.v(), tokens);
}

::testing::AssertionResult DecodeProblem::matches(DecodeResult const& result) const {
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  for (std::size_t seq = 0; seq < setup_.kv_len.size(); ++seq) {
    for (std::int32_t head = 0; head < setup_.q_heads; ++head) {
      std::size_t const index =
          seq * static_cast<std::size_t>(setup_.q_heads) + static_cast<std::size_t>(head);
      auto const same = row_matches(std::span(result.o).subspan(index * d, d), result.lse[index],
                                    expected_row(seq, head));
      if (!same) {
        return ::testing::AssertionFailure()
               << "sequence " << seq << " head " << head << ": " << same.message();
      }
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace fluxscope::testing
