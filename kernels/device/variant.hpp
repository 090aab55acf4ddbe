#pragma once
// The variants that a kernel is compiled in: its launcher has a table of them, and what launches
// and what states facts picks from it by find_variant(). A further head_dim or probe level is a
// line in the table.

#include <cuda_runtime_api.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <type_traits>

#include "kernels/device/kernel_facts.hpp"
#include "kernels/device/probe_record.hpp"

namespace fluxscope::kernels {

/// One row. `shape`: the values that it is compiled for beside the probe level, in an order that
/// the table's owner says (head_dim, stride, ...).
template <std::size_t kShapeValues, class... Params>
struct Variant {
  std::array<std::int32_t, kShapeValues> shape;
  ProbeLevel probe;
  void (*kernel)(Params...);
  int threads_per_cta;
  int smem_bytes = 0;  ///< dynamic

  [[nodiscard]] void const* entry() const { return reinterpret_cast<void const*>(kernel); }
};

/// "(64, 16, probe level 0)"
[[nodiscard]] std::string variant_text(std::span<std::int32_t const> shape, ProbeLevel probe);

[[noreturn]] void throw_no_variant(char const* where, std::string const& wanted,
                                   std::string const& compiled);

/// The row of `table` for these values. Throws ContractError that names the rows there are: what a
/// user may ask for is checked before.
template <class Row, std::size_t kRows>
[[nodiscard]] Row const& find_variant(std::array<Row, kRows> const& table, char const* where,
                                      decltype(Row::shape) const& shape, ProbeLevel probe) {
  std::string compiled;
  for (Row const& row : table) {
    if (row.shape == shape && row.probe == probe) return row;
    compiled += variant_text(row.shape, row.probe);
  }
  throw_no_variant(where, variant_text(shape, probe), compiled);
}

/// Attributes and occupancy of a variant on the current device. Lets it use its shared memory.
[[nodiscard]] KernelFacts kernel_facts(void const* entry, char const* name, int threads_per_cta,
                                       int smem_bytes);

template <std::size_t kShapeValues, class... Params>
[[nodiscard]] KernelFacts kernel_facts(Variant<kShapeValues, Params...> const& variant,
                                       char const* name) {
  return kernel_facts(variant.entry(), name, variant.threads_per_cta, variant.smem_bytes);
}

struct Launch {
  std::int32_t grid_ctas = 0;
  cudaStream_t stream = nullptr;
  bool early = false;  ///< see CombineTuning; where the device cannot, an ordinary launch. The
                       ///< kernel calls ptx::wait_for_previous_grid()
  bool cooperative = false;  ///< all CTAs run at once: the kernel has a barrier of the grid
};

/// Lets `entry` use `smem_bytes` of dynamic shared memory and asks for the largest carve-out, so
/// that residency is what the occupancy query says.
void allow_smem(void const* entry, int smem_bytes);

/// Enqueues `entry` with the arguments that `pointers` point to.
void enqueue(void const* entry, int threads_per_cta, int smem_bytes, Launch const& launch,
             void** pointers);

/// Enqueues the variant with these arguments.
template <std::size_t kShapeValues, class... Params>
void enqueue(Variant<kShapeValues, Params...> const& variant, Launch const& launch,
             std::type_identity_t<Params>... arguments) {
  void* pointers[] = {&arguments...};
  enqueue(variant.entry(), variant.threads_per_cta, variant.smem_bytes, launch, pointers);
}

}  // namespace fluxscope::kernels
