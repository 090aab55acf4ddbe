#pragma once
// wgmma of sm_90a: warpgroup matrix products, bf16 operands, fp32 accumulators. Accumulator element
// 4 n + 2 r + c of lane l of warp w is row 16 w + l / 4 + 8 r, column 8 n + 2 (l % 4) + c.
//
//   wgmma_fence(); wgmma_...(); ...; wgmma_commit();      issue one group of products
//   wgmma_wait<k>(); hold(accumulators);                  before their registers are read

#include <cstdint>

namespace fluxscope::kernels::ptx {

/// Descriptor of an operand in shared memory in 128-byte swizzled panels of 64 columns: 8 rows are
/// 1024 bytes. `panel_bytes` is the distance of two panels (used where the columns are the long
/// dimension of the product). Adding b / 16 to it moves the operand by b bytes.
__device__ __forceinline__ std::uint64_t wgmma_operand(std::uint32_t shared,
                                                       std::uint32_t panel_bytes) {
  return static_cast<std::uint64_t>((shared & 0x3ffffu) >> 4) |
         static_cast<std::uint64_t>(panel_bytes >> 4) << 16 |
         static_cast<std::uint64_t>(1024u >> 4) << 32 | std::uint64_t{1} << 62;
}

__device__ __forceinline__ void wgmma_fence() {
  asm volatile("wgmma.fence.sync.aligned;\n" ::: "memory");
}

__device__ __forceinline__ void wgmma_commit() {
  asm volatile("wgmma.commit_group.sync.aligned;\n" ::: "memory");
}

/// Waits until at most `kPending` groups are in flight.
template <int kPending>
__device__ __forceinline__ void wgmma_wait() {
  asm volatile("wgmma.wait_group.sync.aligned %0;\n" ::"n"(kPending) : "memory");
}

/// Keeps the compiler from moving reads of the accumulators above this point.
template <int kCount>
__device__ __forceinline__ void hold(float (&accumulators)[kCount]) {
#pragma unroll
  for (int i = 0; i < kCount; ++i) asm volatile("" : "+f"(accumulators[i])::"memory");
}

#define FLUXSCOPE_SUMS_4(d, i) \
  "+f"((d)[i]), "+f"((d)[(i) + 1]), "+f"((d)[(i) + 2]), "+f"((d)[(i) + 3])
#define FLUXSCOPE_SUMS_16(d, i)                                                       \
  FLUXSCOPE_SUMS_4(d, i), FLUXSCOPE_SUMS_4(d, (i) + 4), FLUXSCOPE_SUMS_4(d, (i) + 8), \
      FLUXSCOPE_SUMS_4(d, (i) + 12)
#define FLUXSCOPE_SUMS_32(d, i) FLUXSCOPE_SUMS_16(d, i), FLUXSCOPE_SUMS_16(d, (i) + 16)
#define FLUXSCOPE_NAMES_32                                                                \
  "%0, %1, %2, %3, %4, %5, %6, %7, %8, %9, %10, %11, %12, %13, %14, %15, %16, %17, %18, " \
  "%19, %20, %21, %22, %23, %24, %25, %26, %27, %28, %29, %30, %31"
#define FLUXSCOPE_NAMES_64                                                                \
  FLUXSCOPE_NAMES_32                                                                      \
  ", "                                                                                    \
  "%32, %33, %34, %35, %36, %37, %38, %39, %40, %41, %42, %43, %44, %45, %46, %47, %48, " \
  "%49, %50, %51, %52, %53, %54, %55, %56, %57, %58, %59, %60, %61, %62, %63"

#define FLUXSCOPE_NAMES_128                                                                    \
  FLUXSCOPE_NAMES_64                                                                           \
  ", "                                                                                         \
  "%64, %65, %66, %67, %68, %69, %70, %71, %72, %73, %74, %75, %76, %77, %78, %79, %80, %81, " \
  "%82, %83, %84, %85, %86, %87, %88, %89, %90, %91, %92, %93, %94, %95, %96, %97, %98, %99, " \
  "%100, %101, %102, %103, %104, %105, %106, %107, %108, %109, %110, %111, %112, %113, %114, " \
  "%115, %116, %117, %118, %119, %120, %121, %122, %123, %124, %125, %126, %127"

/// d[64, 128] = a b^T + (kAccumulate ? d : 0) for one step of 16: a [64, 16] and b [128, 16] in
/// shared memory, rows along the panels.
template <bool kAccumulate>
__device__ __forceinline__ void wgmma_m64n128k16(float (&d)[64], std::uint64_t a, std::uint64_t b) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {" FLUXSCOPE_NAMES_64
      "}, %64, %65, p, 1, 1, 0, 0;\n}\n"
      : FLUXSCOPE_SUMS_32(d, 0), FLUXSCOPE_SUMS_32(d, 32)
      : "l"(a), "l"(b), "n"(kAccumulate ? 1 : 0));
}

/// The same where only the running program knows whether to accumulate.
__device__ __forceinline__ void wgmma_m64n128k16(float (&d)[64], std::uint64_t a, std::uint64_t b,
                                                 bool accumulate) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %66, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {" FLUXSCOPE_NAMES_64
      "}, %64, %65, p, 1, 1, 0, 0;\n}\n"
      : FLUXSCOPE_SUMS_32(d, 0), FLUXSCOPE_SUMS_32(d, 32)
      : "l"(a), "l"(b), "r"(accumulate ? 1 : 0));
}

/// The same for d[64, 256] and b [256, 16]: columns 0..127 of d in `low`, the others in `high`.
__device__ __forceinline__ void wgmma_m64n256k16(float (&low)[64], float (&high)[64],
                                                 std::uint64_t a, std::uint64_t b,
                                                 bool accumulate) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, %130, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n256k16.f32.bf16.bf16 {" FLUXSCOPE_NAMES_128
      "}, %128, %129, p, 1, 1, 0, 0;\n}\n"
      : FLUXSCOPE_SUMS_32(low, 0), FLUXSCOPE_SUMS_32(low, 32), FLUXSCOPE_SUMS_32(high, 0),
        FLUXSCOPE_SUMS_32(high, 32)
      : "l"(a), "l"(b), "r"(accumulate ? 1 : 0));
}

/// d[64, 128] += a b for one step of 16: a [64, 16] in registers as mma_m16n8k16 has it, b [16,
/// 128] in shared memory, columns along the panels.
__device__ __forceinline__ void wgmma_add(float (&d)[64], std::uint32_t const (&a)[4],
                                          std::uint64_t b) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, 1, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n128k16.f32.bf16.bf16 {" FLUXSCOPE_NAMES_64
      "}, {%64, %65, %66, %67}, %68, p, 1, 1, 1;\n}\n"
      : FLUXSCOPE_SUMS_32(d, 0), FLUXSCOPE_SUMS_32(d, 32)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

/// The same for d[64, 64] and b [16, 64].
__device__ __forceinline__ void wgmma_add(float (&d)[32], std::uint32_t const (&a)[4],
                                          std::uint64_t b) {
  asm volatile(
      "{\n.reg .pred p;\nsetp.ne.b32 p, 1, 0;\n"
      "wgmma.mma_async.sync.aligned.m64n64k16.f32.bf16.bf16 {" FLUXSCOPE_NAMES_32
      "}, {%32, %33, %34, %35}, %36, p, 1, 1, 1;\n}\n"
      : FLUXSCOPE_SUMS_32(d, 0)
      : "r"(a[0]), "r"(a[1]), "r"(a[2]), "r"(a[3]), "l"(b));
}

#undef FLUXSCOPE_SUMS_4
#undef FLUXSCOPE_SUMS_16
#undef FLUXSCOPE_SUMS_32
#undef FLUXSCOPE_NAMES_32
#undef FLUXSCOPE_NAMES_64
#undef FLUXSCOPE_NAMES_128

}  // namespace fluxscope::kernels::ptx
