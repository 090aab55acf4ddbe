// The router with weights from a file against the double reference with the same numbers.

#include <gtest/gtest.h>

#include "tests/close.hpp"
#include "tests/kernels/routing/router/checkpoint.hpp"
#include "tests/kernels/routing/router/memory.hpp"
#include "tests/kernels/routing/router/problem.hpp"

namespace fluxscope::testing {
namespace {

constexpr std::int32_t kHeads = 6;

std::vector<float> logits_from_file(std::string const& path, std::int32_t layer,
                                    std::int32_t head_dim, std::vector<float> const& q) {
  auto const weights = kernels::RouterCheckpoint(path).load(layer, head_dim);
  RouterMemory const memory({1, kHeads, head_dim}, q, weights);
  auto const q_len = static_cast<std::int32_t>(q.size()) / (kHeads * head_dim);
  DeviceArray const sequences(std::vector<kernels::SequenceParams>{{.q_len = q_len}});
  kernels::RouterParams params = memory.params();
  params.sequences = sequences.get();
  kernels::launch_router(params, {}, nullptr);
  return memory.logits();
}

TEST(RouterFromAFile, HasTheLogitsOfTheDoubleReference) {
  if (!have_gpu()) GTEST_SKIP() << "no CUDA device";
  for (std::int32_t const head_dim : {64, 128}) {
    for (std::string const dtype : {"F32", "BF16"}) {
      auto const weights = random_router_weights(head_dim, 11);
      CheckpointFolder const folder;
      auto tensors = router_tensors(7, head_dim, weights, dtype);
      // A neighbour with other numbers, which must not be read.
      tensors.merge(router_tensors(17, head_dim, random_router_weights(head_dim, 12), dtype));
      folder.write("model.safetensors", tensors);
      auto const q = drifting_queries(333, kHeads, head_dim, 4);

      auto const got = logits_from_file(folder.path(), 7, head_dim, q);

      auto const want = kernels::router_reference(q, 333, kHeads, head_dim, 100, weights);
      // fp32 sums of at most 1,024 terms of size about 1: 1e-4 is about 1,000 roundings.
      EXPECT_TRUE(all_close(got, want.logits, {.absolute = 1e-4})) << dtype << " " << head_dim;
    }
  }
}

}  // namespace
}  // namespace fluxscope::testing
