#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "kernels/dense/gemm/table.hpp"

namespace fluxscope::kernels {

/// How cuBLASLt runs a product. Numbers are the library's own (cublasLt.h): `tile` and `stages` are
/// ids of cublasLtMatmulTile_t and cublasLtMatmulStages_t.
struct GemmAlgorithm {
  std::int32_t id = 0;
  std::uint32_t tile = 0;
  std::uint32_t stages = 0;
  std::int32_t split_k = 0;  ///< parts of k; 0 and 1: not split
  std::uint32_t reduction = 0;
  std::uint32_t swizzle = 0;
  std::uint32_t custom = 0;
  std::uint16_t inner_shape = 0;
  std::uint16_t cluster_shape = 0;
  std::size_t workspace_bytes = 0;  ///< that it uses
  float waves = 0;                  ///< of CTAs, as the library counts

  friend bool operator==(GemmAlgorithm const&, GemmAlgorithm const&) = default;
};

/// "algorithm 66 tile 20 stages 36 split_k 1 reduction 0 swizzle 0 custom 3 inner 0 cluster 2
/// workspace 0 bytes", in one line.
[[nodiscard]] std::string to_text(GemmAlgorithm const& algorithm);

[[nodiscard]] GemmAlgorithm describe_algorithm(CublasLtTable const& table,
                                               cublasLtMatmulHeuristicResult_t const& result);

}  // namespace fluxscope::kernels
