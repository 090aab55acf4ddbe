#include "tests/bench/dense/small_ops.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "base/statistics.hpp"
#include "tests/bench/dense/small_op_list.hpp"
#include "tests/bench/kernels/decode.hpp"
#include "tests/bench/kernels/graph_replay.hpp"

namespace fluxscope::bench {
namespace {

constexpr std::int64_t kSetBytes = std::int64_t{512} << 20;  // of a graph: ten L2 caches
constexpr std::int64_t kMostSlices = 2048;
constexpr std::int64_t kLeastBytes = std::int64_t{256} << 10;
constexpr std::int64_t kMostBytes = std::int64_t{256} << 20;

/// Memory that the launches of a graph take in turn.
class Slices {
 public:
  Slices() : memory_(static_cast<std::size_t>(most_elements())) {
    fill_normal(memory_.data(), memory_.count(), 1);
    FLUXSCOPE_CUDA_CHECK(cudaDeviceSynchronize());
  }

  static std::int64_t count(std::int64_t bytes) {
    return std::clamp<std::int64_t>(kSetBytes / bytes, 2, kMostSlices);
  }
  [[nodiscard]] __nv_bfloat16* slice(std::int64_t bytes, std::size_t i) const {
    return memory_.data() + static_cast<std::int64_t>(i) * elements(bytes);
  }

 private:
  /// On a 256-byte boundary.
  static std::int64_t elements(std::int64_t bytes) {
    return (bytes / 2 + kSliceSlack + 127) / 128 * 128;
  }
  static std::int64_t most_elements() {
    // The slack counts most where slices are small; an operation moves up to a row more than asked.
    return std::max(kMostSlices * elements(kLeastBytes), 4 * elements(kMostBytes));
  }

  DeviceBuffer<__nv_bfloat16> memory_;
};

double op_us(SmallOp const& op, bool early, Slices const& slices) {
  auto const launches = static_cast<std::size_t>(Slices::count(op.bytes));
  return median(replay(launches, [&](std::size_t i, cudaStream_t stream) {
    op.launch(slices.slice(op.bytes, i), early, stream);
  }));
}

double copy_us(std::int64_t bytes, Slices const& slices) {
  auto const launches = static_cast<std::size_t>(Slices::count(bytes));
  auto const half = static_cast<std::size_t>(bytes / 2);
  return median(replay(launches, [&](std::size_t i, cudaStream_t stream) {
    auto* const from = reinterpret_cast<char*>(slices.slice(bytes, i));
    FLUXSCOPE_CUDA_CHECK(
        cudaMemcpyAsync(from + half, from, half, cudaMemcpyDeviceToDevice, stream));
  }));
}

void print_op(SmallOp const& op, Slices const& slices) {
  // ABBA: the clock drifts while the card warms up.
  double const first = copy_us(op.bytes, slices);
  double const second = op_us(op, false, slices);
  double const third = op_us(op, false, slices);
  double const fourth = copy_us(op.bytes, slices);
  double const copy = (first + fourth) / 2;
  double const us = (second + third) / 2;
  auto const bytes = static_cast<double>(op.bytes);
  fmt::print(
      R"({{"op": "{}", "bytes": {}, "rows": {}, "us": {:.3f}, "gb_per_s": {:.1f}, "copy_us": )"
      R"({:.3f}, "copy_gb_per_s": {:.1f}, "share": {:.3f}, "early_us": {:.3f}}})"
      "\n",
      op.name, op.bytes, op.rows, us, bytes / us * 1e-3, copy, bytes / copy * 1e-3, copy / us,
      op_us(op, true, slices));
  std::fflush(stdout);
}

}  // namespace

void print_small_ops() {
  EmbeddingTable const table;
  Slices const slices;
  for (std::int64_t bytes = kLeastBytes; bytes <= kMostBytes; bytes *= 4) {
    for (SmallOp const& op : small_ops(bytes, table)) print_op(op, slices);
  }
}

}  // namespace fluxscope::bench
