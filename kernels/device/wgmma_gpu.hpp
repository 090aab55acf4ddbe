#pragma once
// Kernels with wgmma are code of sm_90a, which runs on compute capability 9.0 alone.

namespace fluxscope::kernels {

/// True where the current GPU (H100, H200) runs them.
[[nodiscard]] bool have_wgmma();

/// Throws InputError "where: ..." that says to use the kernel `instead` unless have_wgmma().
void require_wgmma(char const* where, char const* instead);

}  // namespace fluxscope::kernels
