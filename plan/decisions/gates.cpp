#include "plan/decisions/gates.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/error.hpp"
#include "base/random.hpp"

namespace fluxscope::plan {
namespace {

Gates empty_gates(Model const& model, std::int32_t requests) {
  Gates gates{.requests = requests, .layers = model.layers, .kv_heads = model.attention.kv_heads};
  gates.full.assign(static_cast<std::size_t>(requests) * static_cast<std::size_t>(gates.layers) *
                        static_cast<std::size_t>(gates.kv_heads),
                    0);
  return gates;
}

std::size_t full_count(double msr_ratio, std::size_t items) {
  return static_cast<std::size_t>(std::llround((1.0 - msr_ratio) * static_cast<double>(items)));
}

/// The numbers below `count` in an order fixed by the seed.
std::vector<std::int32_t> shuffled(std::size_t count, std::uint64_t seed) {
  std::vector<std::int32_t> order(count);
  std::iota(order.begin(), order.end(), 0);
  Random random(seed);
  shuffle(std::span(order), random);
  return order;
}

}  // namespace

std::uint8_t& Gates::at(std::int32_t request, std::int32_t layer, std::int32_t kv_head) {
  expects(request >= 0 && request < requests && layer >= 0 && layer < layers && kv_head >= 0 &&
              kv_head < kv_heads,
          "a gate lies inside the table");
  auto const row = static_cast<std::size_t>(request) * static_cast<std::size_t>(layers) +
                   static_cast<std::size_t>(layer);
  return full[row * static_cast<std::size_t>(kv_heads) + static_cast<std::size_t>(kv_head)];
}

std::uint8_t Gates::at(std::int32_t request, std::int32_t layer, std::int32_t kv_head) const {
  return const_cast<Gates*>(this)->at(request, layer, kv_head);
}

double Gates::msr_ratio() const {
  auto const open = std::count(full.begin(), full.end(), std::uint8_t{1});
  return 1.0 - static_cast<double>(open) / static_cast<double>(full.size());
}

Gates full_gates(Model const& model, std::int32_t requests) {
  Gates gates = empty_gates(model, requests);
  std::fill(gates.full.begin(), gates.full.end(), std::uint8_t{1});
  return gates;
}

Gates layer_gates(Model const& model, double msr_ratio, std::int32_t requests, std::uint64_t seed) {
  Gates gates = empty_gates(model, requests);
  auto const count = full_count(msr_ratio, static_cast<std::size_t>(model.layers));
  for (std::int32_t r = 0; r < requests; ++r) {
    auto const order =
        shuffled(static_cast<std::size_t>(model.layers), seed + static_cast<std::uint64_t>(r));
    for (std::size_t i = 0; i < count; ++i) {
      for (std::int32_t head = 0; head < gates.kv_heads; ++head) gates.at(r, order[i], head) = 1;
    }
  }
  return gates;
}

Gates head_gates(Model const& model, double msr_ratio, std::int32_t requests, std::uint64_t seed) {
  Gates gates = empty_gates(model, requests);
  auto const pairs = gates.full.size() / static_cast<std::size_t>(requests);
  for (std::int32_t r = 0; r < requests; ++r) {
    auto const order = shuffled(pairs, seed + static_cast<std::uint64_t>(r));
    for (std::size_t i = 0; i < full_count(msr_ratio, pairs); ++i) {
      gates.at(r, order[i] / gates.kv_heads, order[i] % gates.kv_heads) = 1;
    }
  }
  return gates;
}

Gates counted_gates(Model const& model, std::vector<std::int32_t> const& full_heads,
                    std::int32_t requests, std::uint64_t seed) {
  Gates gates = empty_gates(model, requests);
  expects(full_heads.size() == static_cast<std::size_t>(model.layers), "a count per layer");
  for (std::int32_t r = 0; r < requests; ++r) {
    for (std::int32_t layer = 0; layer < gates.layers; ++layer) {
      std::int32_t const count = full_heads[static_cast<std::size_t>(layer)];
      for (std::int32_t head = 0; head < count; ++head) gates.at(r, layer, head) = 1;
    }
  }
  return in_count_order(gates, seed);
}

Gates tail_layer_gates(Model const& model, std::int32_t first_sparse_layer, std::int32_t requests) {
  Gates gates = empty_gates(model, requests);
  for (std::int32_t r = 0; r < requests; ++r) {
    for (std::int32_t layer = 0; layer < std::min(first_sparse_layer, gates.layers); ++layer) {
      for (std::int32_t head = 0; head < gates.kv_heads; ++head) gates.at(r, layer, head) = 1;
    }
  }
  return gates;
}

Gates scored_gates(Model const& model, std::vector<double> const& scores, double msr_ratio,
                   std::int32_t requests) {
  Gates gates = empty_gates(model, requests);
  std::vector<std::int32_t> order(scores.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::int32_t a, std::int32_t b) {
    return scores[static_cast<std::size_t>(a)] > scores[static_cast<std::size_t>(b)];
  });
  for (std::int32_t r = 0; r < requests; ++r) {
    for (std::size_t i = 0; i < full_count(msr_ratio, scores.size()); ++i) {
      gates.at(r, order[i] / gates.kv_heads, order[i] % gates.kv_heads) = 1;
    }
  }
  return gates;
}

Gates in_count_order(Gates const& gates, std::uint64_t seed) {
  Gates ordered = gates;
  auto const heads = static_cast<std::size_t>(gates.kv_heads);
  auto const order = shuffled(heads, seed);
  for (std::size_t row = 0; row < gates.full.size(); row += heads) {
    auto const layer = std::span(gates.full).subspan(row, heads);
    auto const count = std::count(layer.begin(), layer.end(), std::uint8_t{1});
    for (std::size_t place = 0; place < heads; ++place) {
      ordered.full[row + static_cast<std::size_t>(order[place])] =
          static_cast<std::ptrdiff_t>(place) < count ? 1 : 0;
    }
  }
  return ordered;
}

Gates for_batch(Gates const& gates, std::int32_t batch) {
  expects(gates.requests == 1 || gates.requests >= batch, "decisions for every request of a batch");
  Gates result = gates;
  result.requests = batch;
  std::size_t const row = gates.full.size() / static_cast<std::size_t>(gates.requests);
  result.full.resize(row * static_cast<std::size_t>(batch));
  for (std::size_t i = gates.full.size(); i < result.full.size(); ++i) {
    result.full[i] = gates.full[i % row];
  }
  return result;
}

}  // namespace fluxscope::plan
