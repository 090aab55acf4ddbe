#include "profiler/device/case_memory.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "profiler/device/random_fill.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::size_t kTableAlign = 256;

}  // namespace

void CaseMemory::reserve(runs::CaseLayout const& layout, std::uint32_t copies,
                         cudaStream_t stream) {
  try {
    take(layout, copies, stream);
  } catch (CudaError const& error) {
    if (error.code() != cudaErrorMemoryAllocation) throw;
    std::size_t free_bytes = 0;
    std::size_t total_bytes = 0;
    FLUXSCOPE_CUDA_CHECK(cudaMemGetInfo(&free_bytes, &total_bytes));
    throw InputError(
        runs::memory_problem(runs::case_bytes(layout), static_cast<std::int64_t>(total_bytes)) +
        ", " + runs::gigabytes(static_cast<std::int64_t>(free_bytes)) +
        " of it free) end what else runs there, or lower batch or kv_len");
  }
}

void CaseMemory::take(runs::CaseLayout const& layout, std::uint32_t copies, cudaStream_t stream) {
  auto const kv_count = static_cast<std::size_t>(layout.kv_elements()) * copies;
  auto const q_count = static_cast<std::size_t>(layout.q_elements) * copies;
  if (kv.reserve(kv_count)) fill_random_normal(kv.data(), kv.count(), seed_, stream);
  if (q.reserve(q_count)) fill_random_normal(q.data(), q.count(), seed_ + 1, stream);
  o.reserve(static_cast<std::size_t>(layout.q_elements));
  lse.reserve(static_cast<std::size_t>(layout.lse_elements));
  if (layout.partial_rows > 0) {
    o_partial.reserve(static_cast<std::size_t>(layout.partial_elements));
    lse_partial.reserve(static_cast<std::size_t>(layout.partial_rows));
  }
}

std::int64_t CaseMemory::copy_budget_bytes() const {
  std::size_t free_bytes = 0;
  std::size_t total_bytes = 0;
  FLUXSCOPE_CUDA_CHECK(cudaMemGetInfo(&free_bytes, &total_bytes));
  auto const held = static_cast<std::int64_t>((kv.count() + q.count()) * sizeof(__nv_bfloat16));
  return held / 2 + static_cast<std::int64_t>(free_bytes) / 2;
}

void CaseMemory::begin_tables() { staging_.clear(); }

std::size_t CaseMemory::add_bytes(void const* data, std::size_t bytes) {
  std::size_t const offset = (staging_.size() + kTableAlign - 1) / kTableAlign * kTableAlign;
  staging_.resize(offset + std::max<std::size_t>(bytes, 1));
  if (bytes > 0) std::memcpy(staging_.data() + offset, data, bytes);
  return offset;
}

void CaseMemory::upload_tables(cudaStream_t stream) {
  tables_.reserve(staging_.size());
  FLUXSCOPE_CUDA_CHECK(cudaMemcpyAsync(tables_.data(), staging_.data(), staging_.size(),
                                       cudaMemcpyHostToDevice, stream));
  FLUXSCOPE_CUDA_CHECK(cudaStreamSynchronize(stream));
}

}  // namespace fluxscope::profiler
