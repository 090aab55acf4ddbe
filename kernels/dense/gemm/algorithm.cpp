#include "kernels/dense/gemm/algorithm.hpp"

#include <fmt/format.h>

namespace fluxscope::kernels {
namespace {

template <class T>
void read(CublasLtTable const& table, cublasLtMatmulAlgo_t const& algo,
          cublasLtMatmulAlgoConfigAttributes_t attribute, T& value) {
  std::size_t written = 0;
  FLUXSCOPE_CUBLASLT(table, cublasLtMatmulAlgoConfigGetAttribute(&algo, attribute, &value,
                                                                 sizeof(value), &written));
}

}  // namespace

std::string to_text(GemmAlgorithm const& one) {
  return fmt::format(
      "algorithm {} tile {} stages {} split_k {} reduction {} swizzle {} custom {} inner {} "
      "cluster {} workspace {} bytes",
      one.id, one.tile, one.stages, one.split_k, one.reduction, one.swizzle, one.custom,
      one.inner_shape, one.cluster_shape, one.workspace_bytes);
}

GemmAlgorithm describe_algorithm(CublasLtTable const& table,
                                 cublasLtMatmulHeuristicResult_t const& result) {
  GemmAlgorithm one{.workspace_bytes = result.workspaceSize, .waves = result.wavesCount};
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_ID, one.id);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_TILE_ID, one.tile);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_STAGES_ID, one.stages);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_SPLITK_NUM, one.split_k);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_REDUCTION_SCHEME, one.reduction);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_CTA_SWIZZLING, one.swizzle);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_CUSTOM_OPTION, one.custom);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_INNER_SHAPE_ID, one.inner_shape);
  read(table, result.algo, CUBLASLT_ALGO_CONFIG_CLUSTER_SHAPE_ID, one.cluster_shape);
  return one;
}

}  // namespace fluxscope::kernels
