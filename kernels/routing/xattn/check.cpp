#include "kernels/routing/xattn/check.hpp"

#include <string>

#include "base/error.hpp"
#include "kernels/routing/block_lists.hpp"

namespace fluxscope::kernels {

void check_stride(std::int32_t stride, char const* where) {
  if (stride == 8 || stride == 16) return;
  throw InputError(std::string(where) + ": stride is " + std::to_string(stride) +
                   " (blocks of 128 tokens are cut into compiled-in groups) use 8 or 16");
}

void check_kv_blocks(std::int32_t max_kv_blocks, char const* where) {
  if (max_kv_blocks >= 1 && max_kv_blocks <= kMaxKvBlocks) return;
  throw InputError(std::string(where) + ": max_kv_blocks is " + std::to_string(max_kv_blocks) +
                   " (a row of scores is searched on chip) use 1 to " +
                   std::to_string(kMaxKvBlocks) + ", which are 1,048,576 tokens");
}

}  // namespace fluxscope::kernels
