// kernel_shapes: prints "threads dynamic-smem-bytes kernel" for every kernel that a launcher can
// pick, without a GPU. The facts functions run against stand-ins of the runtime calls that need one
// (linker option --wrap), so the numbers are the launchers' own.
// tests/kernels/machine_code/kernel_table.py reads the output; a kernel that is missing here fails
// it.

#include <cuda_runtime_api.h>

#include <algorithm>
#include <cstdio>
#include <exception>
#include <map>
#include <string>

#include "kernels/attention/combine/launch.hpp"
#include "kernels/attention/decode_split/launch.hpp"
#include "kernels/attention/gather_kv/launch.hpp"
#include "kernels/attention/prefill_mma/launch.hpp"
#include "kernels/attention/prefill_wgmma/launch.hpp"
#include "kernels/dense/embedding/launch.hpp"
#include "kernels/dense/greedy_token/launch.hpp"
#include "kernels/dense/rms_norm/launch.hpp"
#include "kernels/dense/rope_append/launch.hpp"
#include "kernels/dense/silu_mul/launch.hpp"
#include "kernels/routing/plan_gpu/launch.hpp"
#include "kernels/routing/router/launch.hpp"
#include "kernels/routing/xattn/score/launch.hpp"
#include "kernels/routing/xattn/score_wgmma/launch.hpp"
#include "kernels/routing/xattn/select/launch.hpp"

namespace {

struct Launch {
  int threads = 0;
  std::size_t dynamic_smem_bytes = 0;
};

std::map<void const*, std::string>& symbols() {  // filled before main
  static std::map<void const*, std::string> names;
  return names;
}

std::map<std::string, Launch>& launches() {
  static std::map<std::string, Launch> found;
  return found;
}

}  // namespace

extern "C" {

// The calls of nvcc's own code before main: which host address is which kernel.
void __real___cudaRegisterFunction(void** module, char const* host, char* device,
                                   char const* symbol, int limit, uint3* thread_id, uint3* block_id,
                                   dim3* block, dim3* grid, int* warp);
void __wrap___cudaRegisterFunction(void** module, char const* host, char* device,
                                   char const* symbol, int limit, uint3* thread_id, uint3* block_id,
                                   dim3* block, dim3* grid, int* warp) {
  symbols()[host] = symbol;
  __real___cudaRegisterFunction(module, host, device, symbol, limit, thread_id, block_id, block,
                                grid, warp);
}

cudaError_t __wrap_cudaFuncSetAttribute(void const*, cudaFuncAttribute, int) { return cudaSuccess; }

cudaError_t __wrap_cudaFuncGetAttributes(cudaFuncAttributes*, void const*) { return cudaSuccess; }

cudaError_t __wrap_cudaGetDevice(int*) { return cudaSuccess; }

/// Compute capability 9.0, which every kernel supports.
cudaError_t __wrap_cudaDeviceGetAttribute(int* value, cudaDeviceAttr attribute, int) {
  *value = attribute == cudaDevAttrComputeCapabilityMajor ? 9 : 0;
  return cudaSuccess;
}

cudaError_t __wrap_cudaOccupancyMaxActiveBlocksPerMultiprocessor(int* ctas, void const* kernel,
                                                                 int threads,
                                                                 std::size_t dynamic_smem_bytes) {
  *ctas = 1;
  Launch& launch = launches()[symbols().at(kernel)];
  launch = {threads, std::max(launch.dynamic_smem_bytes, dynamic_smem_bytes)};
  return cudaSuccess;
}

}  // extern "C"

namespace {

using namespace fluxscope::kernels;  // NOLINT: a program, not a header

void ask_dense(ProbeLevel probe) {
  (void)embedding_facts(probe);
  (void)silu_mul_facts(probe);
  for (auto const type : {LogitType::float32, LogitType::bfloat16}) {
    (void)greedy_token_facts(type, probe);
  }
  for (std::int32_t hidden = 2048; hidden <= kMostNormHidden; hidden *= 2) {
    (void)rms_norm_facts(hidden, probe);
  }
  for (std::int32_t const head_dim : {64, 128}) {
    for (std::int32_t const tokens : {1, 4096}) (void)rope_append_facts(head_dim, tokens, probe);
  }
}

void ask_all(ProbeLevel probe) {
  ask_dense(probe);
  for (std::int32_t const head_dim : {64, 128}) {
    (void)combine_facts(head_dim, true, probe);
    (void)decode_split_facts(head_dim, {.probe = probe});
    (void)gather_kv_facts(head_dim, probe);
    (void)prefill_mma_facts(head_dim, {.probe = probe});
    (void)prefill_wgmma_facts(head_dim, {.probe = probe});
    for (std::int32_t const stride : {8, 16}) {
      (void)xattn_score_facts(head_dim, stride, {.probe = probe});
      (void)xattn_score_wgmma_facts(head_dim, stride, {.probe = probe});
    }
  }
  for (std::int32_t kv_blocks = 1; kv_blocks <= 2048; kv_blocks *= 2) {  // up to 256K tokens
    (void)xattn_select_facts(kv_blocks, {.probe = probe});
  }
  (void)plan_gpu_facts(1, 1, 1024, {.probe = probe});  // one sequence of 128K tokens
  for (auto const type : {RouterWeightType::float32, RouterWeightType::bfloat16}) {
    (void)router_facts(type, {.probe = probe});
  }
}

}  // namespace

int main() {
  try {
    ask_all(ProbeLevel::off);
    ask_all(ProbeLevel::l0);
  } catch (std::exception const& error) {
    std::fprintf(stderr, "kernel_shapes: %s\n", error.what());
    return 1;
  }
  for (auto const& [symbol, launch] : launches()) {
    std::printf("%d %zu %s\n", launch.threads, launch.dynamic_smem_bytes, symbol.c_str());
  }
  return 0;
}
