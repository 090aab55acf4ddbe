#include "profiler/device/copies.hpp"

#include <algorithm>

namespace fluxscope::profiler {
namespace {

constexpr std::int64_t kMaxCopies = 256;  // as many as a sample has executions

}  // namespace

CopyCount choose_copies(runs::CaseLayout const& layout, std::int64_t l2_bytes,
                        std::int64_t memory_bytes) {
  std::int64_t const touched = std::max<std::int64_t>(layout.touched_bytes, 1);
  std::int64_t const wanted = std::max<std::int64_t>((2 * l2_bytes + touched - 1) / touched, 1);
  std::int64_t const fitting =
      std::max<std::int64_t>(memory_bytes / std::max<std::int64_t>(layout.copy_bytes(), 1), 1);
  std::int64_t const copies = std::min({wanted, fitting, kMaxCopies});
  return {static_cast<std::uint32_t>(copies), copies >= wanted};
}

}  // namespace fluxscope::profiler
