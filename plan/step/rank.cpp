#include "plan/step/rank.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <numeric>

#include "base/error.hpp"

namespace fluxscope::plan {
namespace {

struct Divided {
  char const* key;
  std::int32_t* value;
};

std::string divisors_of(std::int32_t value) {
  std::string text;
  for (std::int32_t ranks = 1; ranks <= value; ++ranks) {
    if (value % ranks == 0) text += fmt::format("{}{}", text.empty() ? "" : ", ", ranks);
  }
  return text;
}

}  // namespace

Model rank_of(Model const& model, std::int32_t ranks) {
  Model part = model;
  std::array const divided = {Divided{"q_heads", &part.attention.q_heads},
                              Divided{"kv_heads", &part.attention.kv_heads},
                              Divided{"intermediate_size", &part.intermediate_size},
                              Divided{"vocab_size", &part.vocab_size}};
  std::int32_t common = 0;
  for (Divided const& one : divided) common = std::gcd(common, *one.value);
  for (Divided const& one : divided) {
    if (ranks < 1 || *one.value % ranks != 0) {
      throw InputError(
          fmt::format("ranks = {} ({} of {} is {}, which they do not divide) choose one "
                      "of {}",
                      ranks, one.key, model.name, *one.value, divisors_of(common)));
    }
    *one.value /= ranks;
  }
  return part;
}

Gates rank_gates(Gates const& gates, std::int32_t ranks) {
  expects(ranks >= 1 && gates.kv_heads % ranks == 0, "ranks divide the KV heads");
  Gates part = gates;
  part.kv_heads /= ranks;
  part.full.clear();
  for (auto row = gates.full.begin(); row != gates.full.end(); row += gates.kv_heads) {
    part.full.insert(part.full.end(), row, row + part.kv_heads);
  }
  return part;
}

bool ranks_are_alike(Gates const& gates, std::int32_t ranks) {
  expects(ranks >= 1 && gates.kv_heads % ranks == 0, "ranks divide the KV heads");
  std::int32_t const heads = gates.kv_heads / ranks;
  for (auto row = gates.full.begin(); row != gates.full.end(); row += gates.kv_heads) {
    auto const first = std::count(row, row + heads, std::uint8_t{1});
    for (std::int32_t rank = 1; rank < ranks; ++rank) {
      auto const begin = row + std::ptrdiff_t{rank} * heads;
      if (std::count(begin, begin + heads, std::uint8_t{1}) != first) return false;
    }
  }
  return true;
}

}  // namespace fluxscope::plan
