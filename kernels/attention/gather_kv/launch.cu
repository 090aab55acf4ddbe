#include "kernels/attention/gather_kv/launch.hpp"

#include "kernels/attention/check.hpp"
#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/probe.cuh"
#include "kernels/device/tile_walk.cuh"

namespace fluxscope::kernels {
namespace {

constexpr char kWhere[] = "gather_kv";
constexpr int kThreads = 512;

/// Copies rows [0, rows) of one matrix of a block; all loads of a thread go out before a store.
template <int kHeadDim>
__device__ __forceinline__ void copy_block(__nv_bfloat16* page, __nv_bfloat16 const* source,
                                           std::int64_t token_stride, int rows) {
  constexpr int kPieces = kHeadDim / 8;  // of 16 bytes
  constexpr int kRowsPerStep = kThreads / kPieces;
  constexpr int kSteps = plan::kBlockTokens / kRowsPerStep;
  int const thread = static_cast<int>(threadIdx.x);
  int const row = thread / kPieces;
  source += row * token_stride + thread % kPieces * 8;
  uint4 value[kSteps];
#pragma unroll
  for (int i = 0; i < kSteps; ++i) {
    if (row + i * kRowsPerStep < rows) value[i] = __ldg(reinterpret_cast<uint4 const*>(source));
    source += kRowsPerStep * token_stride;
  }
#pragma unroll
  for (int i = 0; i < kSteps; ++i) {
    if (row + i * kRowsPerStep < rows) {
      reinterpret_cast<uint4*>(page)[i * kThreads + thread] = value[i];
    }
  }
}

template <int kHeadDim, ProbeLevel kProbe>
__global__ void __launch_bounds__(kThreads, 2) gather_kv_kernel(GatherKvParams const params) {
  __shared__ std::int32_t next_tile;
  FLUXSCOPE_PROBE(Probe<kProbe> probe(params.probe, threadIdx.x / 32, kThreads / 32);)
  for (TileWalk walk(params.work); walk.valid();) {
    FLUXSCOPE_PROBE(probe.tile_begin();)
    plan::Tile const tile = params.work.tiles[walk.index()];
    SequenceParams const sequence = params.sequences[tile.seq];
    std::int64_t const head = sequence.kv_offset + tile.head * sequence.kv_head_stride;
    std::int32_t const* const pages =
        params.page_table +
        (std::int64_t{tile.seq} * params.kv_heads + tile.head) * params.pages_per_head;
    TileBlocks const blocks(tile, params.work.block_list);
    for (int ordinal = 0; ordinal < blocks.count(); ++ordinal) {
      int const block = static_cast<int>(blocks[ordinal] & ~plan::kMaskedOutBit);
      int const rows = sequence.kv_len - block * plan::kBlockTokens;
      std::int64_t const from =
          head + std::int64_t{block} * plan::kBlockTokens * params.source.token_stride;
      std::int64_t const to = std::int64_t{pages[block]} * plan::kBlockTokens * kHeadDim;
      copy_block<kHeadDim>(params.k_pages + to, params.source.k + from, params.source.token_stride,
                           rows);
      copy_block<kHeadDim>(params.v_pages + to, params.source.v + from, params.source.token_stride,
                           rows);
    }
    if (threadIdx.x == 0) walk.request_next(&next_tile);
    __syncthreads();
    FLUXSCOPE_PROBE(probe.tile_end(static_cast<std::uint32_t>(walk.index()));)
    walk.advance(next_tile);
    __syncthreads();
  }
  FLUXSCOPE_PROBE(probe.finish();)
}

using GatherKernel = void (*)(GatherKvParams);

GatherKernel pick(std::int32_t head_dim, ProbeLevel probe) {
  if (probe == ProbeLevel::off) {
    return head_dim == 64 ? gather_kv_kernel<64, ProbeLevel::off>
                          : gather_kv_kernel<128, ProbeLevel::off>;
  }
  return head_dim == 64 ? gather_kv_kernel<64, ProbeLevel::l0>
                        : gather_kv_kernel<128, ProbeLevel::l0>;
}

void check(GatherKvParams const& params) {
  check_heads(params.kv_heads, params.kv_heads, params.head_dim, kWhere);
  check_work(params.work, kWhere);
  if (params.work.tile_count == 0) return;
  require(params.source.page_table == nullptr, kWhere,
          "the source is paged (the copy goes from a contiguous cache into pages) "
          "read the pages where they are");
  check_kv(params.source, kWhere);
  check_pointer(params.k_pages, kWhere, "k_pages");
  check_pointer(params.v_pages, kWhere, "v_pages");
  check_pointer(params.page_table, kWhere, "page_table");
  check_pointer(params.sequences, kWhere, "sequences");
  require(params.pages_per_head > 0, kWhere,
          "pages_per_head is not positive (it is the row length of page_table) "
          "pass the plan's blocks_per_head");
}

}  // namespace

void launch_gather_kv(GatherKvParams const& params, ProbeLevel probe, cudaStream_t stream) {
  check(params);
  if (params.work.tile_count == 0) return;
  launch_tiles(pick(params.head_dim, probe), params.work, kThreads, 0, stream, params);
}

KernelFacts gather_kv_facts(std::int32_t head_dim, ProbeLevel probe) {
  check_heads(1, 1, head_dim, kWhere);
  return kernel_facts(reinterpret_cast<void const*>(pick(head_dim, probe)), kWhere, kThreads, 0);
}

}  // namespace fluxscope::kernels
