#pragma once
// FLUXSCOPE_HOST_DEVICE marks a function that kernels call as well. Empty for a host compiler.

#ifdef __CUDACC__
#define FLUXSCOPE_HOST_DEVICE __host__ __device__
#else
#define FLUXSCOPE_HOST_DEVICE
#endif
