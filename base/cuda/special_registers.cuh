#pragma once
// Clocks and places that device code reads. The 64-bit clock counts SM cycles since power-on, per
// SM.

#include <cstdint>

namespace fluxscope::cuda {

__device__ __forceinline__ std::uint64_t global_timer_ns() {
  std::uint64_t t;
  asm volatile("mov.u64 %0, %globaltimer;\n" : "=l"(t)::"memory");
  return t;
}

__device__ __forceinline__ std::uint64_t clock_cyc() {
  std::uint64_t t;
  asm volatile("mov.u64 %0, %clock64;\n" : "=l"(t)::"memory");
  return t;
}

__device__ __forceinline__ std::uint32_t sm_id() {
  std::uint32_t id;
  asm volatile("mov.u32 %0, %smid;\n" : "=r"(id));
  return id;
}

}  // namespace fluxscope::cuda
