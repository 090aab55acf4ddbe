#include "tests/kernels/dense/rope_problem.hpp"

#include <algorithm>
#include <cmath>

#include "kernels/dense/rope_append/frequency.hpp"
#include "tests/kernels/attention/reference.hpp"
#include "tests/kernels/dense/values.hpp"
#include "tests/kernels/support/device_array.hpp"
#include "tests/kernels/support/device_table.hpp"

namespace fluxscope::testing {
namespace {

constexpr double kEps = 1e-6;

KvCacheShape cache_shape(RopeSetup const& setup) {
  KvCacheShape shape{
      .head_dim = setup.head_dim, .kv_heads = setup.kv_heads, .token_major = setup.token_major};
  for (RopeSequence const& one : setup.sequences) shape.kv_len.push_back(one.kv_len);
  return shape;
}

std::vector<float> as_float(std::vector<double> const& values) {
  std::vector<float> out;
  for (double const x : values) out.push_back(static_cast<float>(x));
  return out;
}

std::vector<__nv_bfloat16> nan_bf16(std::size_t size) {
  return std::vector<__nv_bfloat16>(size, __float2bfloat16(NAN));
}

/// One head in fp32: norm, rotation by exact angles, one rounding.
std::vector<float> emulate(std::vector<float> x, std::vector<double> const& weight,
                           std::vector<float> const& frequency, std::int32_t position) {
  if (!weight.empty()) {
    float squares = 0;
    for (float const v : x) squares += v * v;
    float const factor =
        1 / std::sqrt(squares / static_cast<float>(x.size()) + static_cast<float>(kEps));
    for (std::size_t i = 0; i < x.size(); ++i) x[i] *= factor * static_cast<float>(weight[i]);
  }
  for (std::size_t i = 0; i < frequency.size(); ++i) {
    double const angle = position * static_cast<double>(frequency[i]);
    auto const cosine = static_cast<float>(std::cos(angle));
    auto const sine = static_cast<float>(std::sin(angle));
    float const low = x[i];
    float& high = x[i + frequency.size()];
    x[i] = low * cosine - high * sine;
    high = high * cosine + low * sine;
  }
  for (float& v : x) v = round_bf16(v);
  return x;
}

}  // namespace

RopeProblem::RopeProblem(RopeSetup setup)
    : setup_(std::move(setup)), cache_(cache_shape(setup_), {}) {
  row_begin_.resize(setup_.sequences.size());
  for (std::size_t i = setup_.sequences.size(); i-- > 0;) {
    row_begin_[i] = rows_;
    rows_ += setup_.sequences[i].q_len + 1;  // one of no sequence
  }
  if (setup_.page_tokens > 0) {
    pages_ = cache_.shuffled_pages(setup_.page_tokens);
    pages_.k.assign(pages_.k.size(), NAN);
    pages_.v = pages_.k;
    for (std::size_t i = 0; i < pages_.page_table.size(); ++i) {
      auto const page = static_cast<std::int32_t>(i) % pages_.pages_per_head;
      if (page == setup_.dropped_page) pages_.page_table[i] = -1;
    }
  }
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  auto const heads = static_cast<std::size_t>(setup_.q_heads + 2 * setup_.kv_heads);
  qkv_ = random_bf16(static_cast<std::size_t>(rows_) * heads * d, 31, 1.5);
  weights_.frequency = kernels::rope_frequency(setup_.head_dim, 500000, kernels::Llama3Scaling{});
  if (!setup_.norms) return;
  weights_.q_weight = as_double(random_bf16(d, 32, 0.3, 1));
  weights_.k_weight = as_double(random_bf16(d, 33, 0.3, 1));
}

std::vector<RopeProblem::Token> RopeProblem::tokens() const {
  std::vector<Token> tokens;
  for (std::size_t seq = 0; seq < setup_.sequences.size(); ++seq) {
    auto const& [q_len, kv_len] = setup_.sequences[seq];
    for (std::int32_t i = 0; i < q_len; ++i) {
      tokens.push_back({row_begin_[seq] + i, seq, i, kv_len - q_len + i});
    }
  }
  return tokens;
}

std::int64_t RopeProblem::cache_row(Token const& token, std::int32_t kv_head) const {
  std::size_t const row = token.sequence * static_cast<std::size_t>(setup_.kv_heads) +
                          static_cast<std::size_t>(kv_head);
  if (setup_.page_tokens == 0) {
    return static_cast<std::int64_t>(cache_.token_index(row, token.position));
  }
  auto const entry = static_cast<std::size_t>(pages_.pages_per_head) * row +
                     static_cast<std::size_t>(token.position / setup_.page_tokens);
  std::int64_t const page = pages_.page_table[entry];
  return page < 0 ? -1 : page * setup_.page_tokens + token.position % setup_.page_tokens;
}

bool RopeProblem::pooled(Token const& token) const {
  std::int32_t const q_len = setup_.sequences[token.sequence].q_len;
  return token.index < setup_.pool_tokens || token.index >= q_len - setup_.pool_tokens;
}

RopeOutput RopeProblem::run(kernels::RowsTuning const& tuning) const {
  bool const paged = setup_.page_tokens > 0;
  std::vector<kernels::SequenceParams> host;
  for (std::size_t i = 0; i < setup_.sequences.size(); ++i) {
    host.push_back({.q_len = setup_.sequences[i].q_len,
                    .kv_len = setup_.sequences[i].kv_len,
                    .q_row_begin = row_begin_[i],
                    .kv_offset = cache_.kv_offset(i),
                    .kv_head_stride = cache_.kv_head_stride(i)});
  }
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  std::size_t const q_size =
      static_cast<std::size_t>(rows_) * static_cast<std::size_t>(setup_.q_heads) * d;
  DeviceArray const qkv(to_bf16(qkv_)), q(nan_bf16(q_size)), router_q(nan_bf16(q_size));
  DeviceArray const k(to_bf16(paged ? pages_.k : cache_.k()));
  DeviceArray const v(to_bf16(paged ? pages_.v : cache_.v()));
  DeviceArray const q_weight(to_bf16(as_float(weights_.q_weight)));
  DeviceArray const k_weight(to_bf16(as_float(weights_.k_weight)));
  DeviceArray const frequency(weights_.frequency);
  DeviceArray const sequences(host);
  DeviceArray const table(pages_.page_table);
  DeviceArray const warps(std::vector<kernels::WarpRecord>(4096));
  kernels::RopeAppendParams params;
  params.qkv = qkv.get();
  params.q_weight = q_weight.get();
  params.k_weight = k_weight.get();
  params.frequency = frequency.get();
  params.sequences = sequences.get();
  params.q = q.get();
  params.router_q = setup_.pool_tokens > 0 ? router_q.get() : nullptr;
  params.cache = {.k = k.get(),
                  .v = v.get(),
                  .token_stride = paged ? 0 : cache_.token_stride(),
                  .page_table = table.get(),
                  .page_tokens = setup_.page_tokens,
                  .pages_per_head = pages_.pages_per_head};
  params.tokens = rows_;
  params.batch = static_cast<std::int32_t>(host.size());
  params.q_heads = setup_.q_heads;
  params.kv_heads = setup_.kv_heads;
  params.head_dim = setup_.head_dim;
  params.pool_tokens = setup_.pool_tokens;
  params.eps = static_cast<float>(kEps);
  params.probe = {.warps = warps.get(), .warp_capacity = 4096};
  kernels::launch_rope_append(params, tuning, nullptr);
  return {q.download(), router_q.download(), k.download(), v.download(), warps.download()};
}

/// Compares and takes heads of an output one by one; what is left must be NaN.
class RopeProblem::Expected {
 public:
  Expected(char const* name, std::vector<__nv_bfloat16> const& values, std::int32_t head_dim)
      : name_(name),
        values_(testing::as_float(values)),
        head_dim_(static_cast<std::size_t>(head_dim)) {}

  void take(std::int64_t row, std::span<double const> want, std::span<float const> emulated) {
    std::size_t const begin = static_cast<std::size_t>(row) * head_dim_;
    auto const got = std::span(values_).subspan(begin, head_dim_);
    auto const close = row_close(got, want, emulated);
    if (!close && problem_.empty()) {
      problem_ = std::string(name_) + " row " + std::to_string(row) + ": " + close.message();
    }
    std::fill(got.begin(), got.end(), NAN);
  }

  [[nodiscard]] std::string problem() const {
    if (!problem_.empty()) return problem_;
    for (std::size_t i = 0; i < values_.size(); ++i) {
      if (std::isnan(values_[i])) continue;
      return std::string(name_) + " element " + std::to_string(i) + " was to be left alone";
    }
    return {};
  }

 private:
  char const* name_;
  std::vector<float> values_;
  std::size_t head_dim_;
  std::string problem_;
};

::testing::AssertionResult RopeProblem::matches(RopeOutput const& output) const {
  Expected q("q", output.q, setup_.head_dim), k("k", output.k, setup_.head_dim);
  Expected router_q("router_q", output.router_q, setup_.head_dim);
  Expected v("v", output.v, setup_.head_dim);
  kernels::RopeReferenceShape const shape{.q_heads = setup_.q_heads,
                                          .kv_heads = setup_.kv_heads,
                                          .head_dim = setup_.head_dim,
                                          .eps = kEps};
  auto const d = static_cast<std::size_t>(setup_.head_dim);
  auto const q_heads = static_cast<std::size_t>(setup_.q_heads);
  auto const kv_heads = static_cast<std::size_t>(setup_.kv_heads);
  std::size_t const row_size = (q_heads + 2 * kv_heads) * d;
  for (Token const& token : tokens()) {
    auto const in =
        std::span(qkv_).subspan(static_cast<std::size_t>(token.row) * row_size, row_size);
    auto const want =
        kernels::rope_append_reference(as_double(in), token.position, shape, weights_);
    auto const head_of = [&](std::size_t head) {
      auto const values = in.subspan(head * d, d);
      return std::vector<float>(values.begin(), values.end());
    };
    for (std::size_t head = 0; head < q_heads; ++head) {
      std::int64_t const row = token.row * setup_.q_heads + static_cast<std::int64_t>(head);
      q.take(row, std::span(want.q).subspan(head * d, d),
             emulate(head_of(head), weights_.q_weight, weights_.frequency, token.position));
      if (setup_.pool_tokens > 0 && pooled(token)) {
        router_q.take(row, std::span(want.router_q).subspan(head * d, d),
                      emulate(head_of(head), weights_.q_weight, weights_.frequency, 0));
      }
    }
    for (std::size_t head = 0; head < kv_heads; ++head) {
      std::int64_t const row = cache_row(token, static_cast<std::int32_t>(head));
      if (row < 0) continue;
      k.take(
          row, std::span(want.k).subspan(head * d, d),
          emulate(head_of(q_heads + head), weights_.k_weight, weights_.frequency, token.position));
      v.take(row, std::span(want.v).subspan(head * d, d), head_of(q_heads + kv_heads + head));
    }
  }
  for (Expected const* one : {&q, &router_q, &k, &v}) {
    if (auto const problem = one->problem(); !problem.empty()) {
      return ::testing::AssertionFailure() << problem;
    }
  }
  return ::testing::AssertionSuccess();
}

}  // namespace fluxscope::testing
