#include "profiler/device/case_memory.hpp"

#include <algorithm>
#include <cstring>
#include <string>

#include "base/error.hpp"
#include "profiler/device/random_fill.hpp"

namespace fluxscope::profiler {
namespace {

constexpr std::size_t kTableAlign = 256;

std::string gigabytes(std::int64_t bytes) {
  return std::to_string(bytes / 1'000'000'000) + "." + std::to_string(bytes / 100'000'000 % 10) +
         " GB";
}

}  // namespace

void CaseMemory::reserve(CaseLayout const& layout, std::uint32_t copies, cudaStream_t stream) {
  try {
    take(layout, copies, stream);
  } catch (CudaError const& error) {
    if (error.code() != cudaErrorMemoryAllocation) throw;
    std::size_t free_bytes = 0;
    std::size_t total_bytes = 0;
    FLUXSCOPE_CUDA_CHECK(cudaMemGetInfo(&free_bytes, &total_bytes));
    std::int64_t const needed = layout.copy_bytes() * copies + 2 * layout.q_elements;
    throw InputError("the case needs " + gigabytes(needed) + " of device memory, the GPU has " +
                     gigabytes(static_cast<std::int64_t>(total_bytes)) + ", " +
                     gigabytes(static_cast<std::int64_t>(free_bytes)) +
                     " of it free. Lower batch or kv_len in the experiment, or leave out execution "
                     "gather, which holds the cache twice.");
  }
}

void CaseMemory::take(CaseLayout const& layout, std::uint32_t copies, cudaStream_t stream) {
  auto const kv_count = static_cast<std::size_t>(layout.kv_elements()) * copies;
  auto const q_count = static_cast<std::size_t>(layout.q_elements) * copies;
  if (kv.reserve(kv_count)) fill_random_normal(kv.data(), kv.count(), seed_, stream);
  if (q.reserve(q_count)) fill_random_normal(q.data(), q.count(), seed_ + 1, stream);
  o.reserve(static_cast<std::size_t>(layout.q_elements));
  // At least one row per 64 elements: lse is [rows, q_heads] and head_dim is 64 or more.
  lse.reserve(static_cast<std::size_t>(layout.q_elements / 64 + 1));
  if (layout.partial_rows > 0) {
    auto const rows = static_cast<std::size_t>(layout.partial_rows);
    o_partial.reserve(rows * 128);  // head_dim is at most 128
    lse_partial.reserve(rows);
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
