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

/// The numbers below `count` in an order fixed by the seed.
std::vector<std::int32_t> shuffled(std::int32_t count, std::uint64_t seed) {
  std::vector<std::int32_t> order(static_cast<std::size_t>(count));
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

std::int32_t full_count(double msr_ratio, std::int32_t items) {
  expects(msr_ratio >= 0 && msr_ratio <= 1, "an MSR is a share");
  return static_cast<std::int32_t>(std::lround((1.0 - msr_ratio) * items));
}

Gates layer_gates(Model const& model, double msr_ratio, std::int32_t requests, std::uint64_t seed) {
  Gates gates = empty_gates(model, requests);
  std::int32_t const full = full_count(msr_ratio, gates.layers);
  for (std::int32_t r = 0; r < requests; ++r) {
    auto const order = shuffled(gates.layers, seed + static_cast<std::uint64_t>(r));
    for (std::int32_t const layer : std::span(order).first(static_cast<std::size_t>(full))) {
      for (std::int32_t head = 0; head < gates.kv_heads; ++head) gates.at(r, layer, head) = 1;
    }
  }
  return gates;
}

Gates head_gates(Model const& model, double msr_ratio, std::int32_t requests, std::uint64_t seed) {
  Gates gates = empty_gates(model, requests);
  std::int32_t const pairs = gates.layers * gates.kv_heads;
  std::int32_t const full = full_count(msr_ratio, pairs);
  for (std::int32_t r = 0; r < requests; ++r) {
    auto const order = shuffled(pairs, seed + static_cast<std::uint64_t>(r));
    for (std::int32_t const pair : std::span(order).first(static_cast<std::size_t>(full))) {
      gates.at(r, pair / gates.kv_heads, pair % gates.kv_heads) = 1;
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
                   std::uint64_t seed) {
  Gates gates = empty_gates(model, 1);
  expects(scores.size() == gates.full.size(), "a score per layer and KV head");
  auto const pairs = static_cast<std::int32_t>(scores.size());
  auto const full = static_cast<std::size_t>(full_count(msr_ratio, pairs));
  auto const score = [&](std::int32_t pair) { return scores[static_cast<std::size_t>(pair)]; };
  auto order = shuffled(pairs, seed);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::int32_t a, std::int32_t b) { return score(a) > score(b); });
  for (std::int32_t const pair : std::span(order).first(full)) {
    gates.full[static_cast<std::size_t>(pair)] = 1;
  }
  if (full > 0 && full < order.size() && score(order[full - 1]) == score(order[full])) {
    gates.tied_kv_heads =
        static_cast<std::int32_t>(std::count(scores.begin(), scores.end(), score(order[full])));
    gates.tie_seed = seed;
  }
  return gates;
}

Gates grouped_gates(Model const& model, std::vector<std::uint8_t> const& full_q_heads) {
  Gates gates = empty_gates(model, 1);
  auto const group = static_cast<std::size_t>(model.attention.q_heads / model.attention.kv_heads);
  expects(full_q_heads.size() == gates.full.size() * group, "a decision per layer and query head");
  for (std::size_t head = 0; head < gates.full.size(); ++head) {
    auto const of_group = std::span(full_q_heads).subspan(head * group, group);
    auto const full = std::count(of_group.begin(), of_group.end(), std::uint8_t{1});
    auto const sparse =
        static_cast<std::int32_t>(of_group.size()) - static_cast<std::int32_t>(full);
    gates.full[head] = full > 0 ? 1 : 0;
    gates.sparse_q_heads += sparse;
    gates.mixed_q_heads += full > 0 ? sparse : 0;
  }
  return gates;
}

Gates in_count_order(Gates const& gates, std::uint64_t seed) {
  Gates ordered = gates;
  auto const heads = static_cast<std::size_t>(gates.kv_heads);
  auto const order = shuffled(gates.kv_heads, seed);
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

Gates of_requests(Gates const& gates, std::vector<std::int32_t> const& requests) {
  std::size_t const row = gates.full.size() / static_cast<std::size_t>(gates.requests);
  Gates result = gates;
  result.requests = static_cast<std::int32_t>(requests.size());
  result.full.clear();
  for (std::int32_t const request : requests) {
    expects(request >= 0 && request < gates.requests, "a request lies inside the table");
    auto const first = gates.full.begin() + static_cast<std::ptrdiff_t>(row) * request;
    result.full.insert(result.full.end(), first, first + static_cast<std::ptrdiff_t>(row));
  }
  return result;
}

Gates for_batch(Gates const& gates, std::int32_t batch) {
  expects(gates.requests == 1 || gates.requests == batch, "decisions for every request of a batch");
  if (gates.requests == batch) return gates;
  return of_requests(gates, std::vector<std::int32_t>(static_cast<std::size_t>(batch), 0));
}

}  // namespace fluxscope::plan
