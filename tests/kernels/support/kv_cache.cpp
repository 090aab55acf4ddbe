#include "tests/kernels/support/kv_cache.hpp"

#include <algorithm>
#include <limits>
#include <numeric>
#include <span>

#include "base/random.hpp"
#include "tests/kernels/attention/reference.hpp"

namespace fluxscope::testing {
namespace {

constexpr float kNan = std::numeric_limits<float>::quiet_NaN();

}  // namespace

KvCache::KvCache(KvCacheShape shape, std::vector<std::vector<std::int32_t>> const& held)
    : shape_(std::move(shape)) {
  std::int64_t tokens = 0;
  for (std::int32_t const length : shape_.kv_len) {
    token_begin_.push_back(tokens);
    head_tokens_.push_back((length + 127) / 128 * 128 + 8);  // heads are not block-aligned
    tokens += head_tokens_.back() * shape_.kv_heads;
  }
  auto const d = static_cast<std::size_t>(shape_.head_dim);
  k_.assign(static_cast<std::size_t>(tokens) * d, shape_.poison ? kNan : 0.5f);
  v_ = k_;
  Random random(shape_.seed);
  for (std::size_t row = 0; row < held.size(); ++row) {
    for (std::int32_t const block : held[row]) {
      for (std::int32_t t = block * 128; t < std::min(kv_len(row), block * 128 + 128); ++t) {
        std::size_t const token = token_index(row, t);
        for (std::size_t i = token * d; i < (token + 1) * d; ++i) {
          k_[i] = normal_bf16(random);
          v_[i] = normal_bf16(random);
        }
      }
    }
  }
}

std::int32_t KvCache::kv_len(std::size_t row) const {
  return shape_.kv_len[row / static_cast<std::size_t>(shape_.kv_heads)];
}

std::size_t KvCache::token_index(std::size_t row, std::int32_t token) const {
  auto const heads = static_cast<std::size_t>(shape_.kv_heads);
  std::size_t const seq = row / heads;
  auto const head = static_cast<std::int64_t>(row % heads);
  std::int64_t const inside =
      shape_.token_major ? token * shape_.kv_heads + head : head * head_tokens_[seq] + token;
  return static_cast<std::size_t>(token_begin_[seq] + inside);
}

std::int64_t KvCache::kv_offset(std::size_t seq) const {
  return token_begin_[seq] * shape_.head_dim;
}

std::int64_t KvCache::kv_head_stride(std::size_t seq) const {
  return (shape_.token_major ? 1 : head_tokens_[seq]) * shape_.head_dim;
}

std::int64_t KvCache::token_stride() const {
  return std::int64_t{shape_.token_major ? shape_.kv_heads : 1} * shape_.head_dim;
}

KvPages KvCache::shuffled_pages(std::int32_t page_tokens) const {
  std::int32_t const longest = *std::max_element(shape_.kv_len.begin(), shape_.kv_len.end());
  auto const pages_per_head = static_cast<std::size_t>((longest + page_tokens - 1) / page_tokens);
  std::vector<std::int32_t> table(shape_.rows() * pages_per_head);
  std::iota(table.begin(), table.end(), 0);
  Random random(shape_.seed + 1);
  shuffle(std::span(table), random);
  for (std::size_t row = 0; row < shape_.rows(); ++row) {
    for (std::size_t page = 0; page < pages_per_head; ++page) {
      bool const used = static_cast<std::int32_t>(page) * page_tokens < kv_len(row);
      if (!used) table[row * pages_per_head + page] = -1;
    }
  }
  return pages(std::move(table), page_tokens, true);
}

KvPages KvCache::pages(std::vector<std::int32_t> table, std::int32_t page_tokens,
                       bool filled) const {
  KvPages result;
  result.page_tokens = page_tokens;
  result.pages_per_head = static_cast<std::int32_t>(table.size() / shape_.rows());
  auto const d = static_cast<std::size_t>(shape_.head_dim);
  auto const count = static_cast<std::size_t>(*std::max_element(table.begin(), table.end()) + 1);
  result.k.assign(count * static_cast<std::size_t>(page_tokens) * d, kNan);
  result.v = result.k;
  for (std::size_t entry = 0; filled && entry < table.size(); ++entry) {
    if (table[entry] < 0) continue;
    std::size_t const row = entry / static_cast<std::size_t>(result.pages_per_head);
    std::int32_t const begin =
        static_cast<std::int32_t>(entry) % result.pages_per_head * page_tokens;
    for (std::int32_t t = begin; t < std::min(kv_len(row), begin + page_tokens); ++t) {
      auto const from = static_cast<std::ptrdiff_t>(token_index(row, t) * d);
      auto const to = (std::ptrdiff_t{table[entry]} * page_tokens + t - begin) * shape_.head_dim;
      std::copy_n(k_.begin() + from, d, result.k.begin() + to);
      std::copy_n(v_.begin() + from, d, result.v.begin() + to);
    }
  }
  result.page_table = std::move(table);
  return result;
}

}  // namespace fluxscope::testing
